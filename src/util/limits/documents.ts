// Documents. `npm run docs` writes src/LIMITS.md from this file.

/** Levels of chunks and matches in the JSON of one document. */
export const MAX_DOCUMENT_LEVELS = 100;

/** Levels of objects and lists in `tags`, and in parameters, both read and written. */
export const MAX_TAGS_LEVELS = 100;

/** Levels of nested values in a document of docarray v2. */
export const MAX_NODE_LEVELS = 100;

/**
 * Levels of nested values in the JSON of a document of docarray v2. Python's protobuf reads 100
 * nested messages: a level takes up to three, and a document that is a match already takes nine.
 */
export const MAX_V2_JSON_LEVELS = 30;

/** References and unions that are followed in a schema. A schema may refer to itself. */
export const MAX_SCHEMA_STEPS = 32;

/** Dimensions of a tensor: numpy's bound. */
export const MAX_TENSOR_DIMENSIONS = 64;

/** Lists that are written for one tensor. Its shape may be long although its buffer is empty. */
export const MAX_TENSOR_LISTS = 2 ** 20;

/** Values of a dense array without a buffer, which is filled with zeros as numpy writes it. */
export const MAX_FILLED_ZEROS = 2 ** 25;

/** Letters of a regular expression in a filter or in `when`. */
export const MAX_PATTERN_LETTERS = 1000;
