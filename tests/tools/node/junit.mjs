// Reads JUnit reports with junit2json and says what it found, as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// packages stand in the cache, not beside this file
const { parse } = createRequire(`${process.env.CONSUMERS}/`)("junit2json");

const read = async (path) => {
  const report = await parse(readFileSync(path, "utf8"));
  const suites = (report.testsuite ?? []).map((suite) => ({
    name: suite.name,
    said: { tests: suite.tests, failures: suite.failures, errors: suite.errors, skipped: suite.skipped },
    cases: (suite.testcase ?? []).map((test) => ({
      name: test.name,
      classname: test.classname,
      kind: test.failure ? "failure" : test.error ? "error" : test.skipped ? "skipped" : "passed",
    })),
  }));
  return { said: { tests: report.tests, failures: report.failures, errors: report.errors }, suites };
};

console.log(JSON.stringify(await Promise.all(process.argv.slice(2).map(read))));
