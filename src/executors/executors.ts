export { DocumentFrequencies } from "./text/document-frequencies.ts";
