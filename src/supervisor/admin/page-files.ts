import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { HttpReply } from "../../wire/http/http-reply.ts";
import type { AdminRoute } from "./routes.ts";

const FOLDER = fileURLToPath(new URL("../../page/", import.meta.url));

/** Nothing comes from elsewhere, and no other page embeds this one. */
const SECURITY = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The files of the page of `jflow ui`, by path. The build makes the files. */
export const PAGE_FILES: Readonly<Record<string, AdminRoute>> = {
  "/": () => replyFile("index.html", "text/html"),
  "/ui/page.js": () => replyFile("page.js", "text/javascript"),
  "/ui/page.css": () => replyFile("page.css", "text/css"),
};

function replyFile(file: string, type: string): HttpReply {
  return {
    status: 200,
    body: readFileSync(`${FOLDER}${file}`, "utf8"),
    headers: {
      ...SECURITY,
      "content-type": `${type}; charset=utf-8`,
      // A new version of jflow is shown at once.
      "cache-control": "no-cache",
    },
  };
}
