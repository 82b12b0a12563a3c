// Renders Markdown files with marked into HTML files beside them.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

// packages stand in the cache, not beside this file
const { marked } = createRequire(`${process.env.CONSUMERS}/`)("marked");

for (const path of process.argv.slice(2)) {
  writeFileSync(`${path}.html`, marked.parse(readFileSync(path, "utf8"), { gfm: true }));
}
