/** Decodes a `google.protobuf.Struct`. Throws `INVALID_ARGUMENT` for malformed bytes or more than 100 levels. */
export declare function decodeStruct(bytes: Uint8Array): Record<string, unknown>;
/** Encodes a plain object as a `google.protobuf.Struct`: numbers become doubles, `undefined` is left out. Throws `INVALID_ARGUMENT` for values JSON has no form for. */
export declare function encodeStruct(value: Readonly<Record<string, unknown>>): Uint8Array;
