/** The file in the workspace of a replica that holds the copy id. */
export const COPY_ID_FILE = "copy-id";
