// Opens reports in a real browser and prints what happened as one JSON document: nothing is judged here.
//
//     node audit.mjs [--variants light,dark,narrow,print,noscript,bypass] [--shots FOLDER] [--texts FILE.json]
//                    [--filter TEXT] [--no-axe] [--perf] [--seconds 120] FILE.html ..
//
// --shots   screenshots and the printed PDF go there
// --texts   a JSON list of texts; those that a page does not show are listed as `missing`
// --filter  type this into the page's search field and use every button
// --no-axe  leave the rules of accessibility out: they take minutes on a hundred thousand elements
// --perf    measure loading, scrolling, filtering and sorting instead
// --seconds all of it may take so long, then the browser is killed and the exit code is 3

import { readFileSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { launch } from './browser.mjs';
import { audit, VARIANTS } from './variants.mjs';
import { measure } from './perf.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    variants: { type: 'string', default: Object.keys(VARIANTS).join(',') },
    shots: { type: 'string' },
    texts: { type: 'string' },
    filter: { type: 'string' },
    'no-axe': { type: 'boolean', default: false },
    perf: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '120' },
  },
});

const variants = values.variants.split(',');
const unknown = variants.filter((name) => !(name in VARIANTS));
if (positionals.length === 0 || unknown.length > 0) {
  const why = unknown.length > 0 ? `unknown variant ${unknown.join(', ')}` : 'no file is given';
  console.error(`${why}; variants are ${Object.keys(VARIANTS).join(', ')}`);
  process.exit(2);
}
const options = {
  shots: values.shots && resolve(values.shots),
  texts: values.texts ? JSON.parse(readFileSync(values.texts, 'utf8')) : [],
  filter: values.filter,
  axe: !values['no-axe'],
};
if (options.shots) mkdirSync(options.shots, { recursive: true });

const browser = await launch();
const kill = () => {
  try {
    // its renderers, too: puppeteer starts a process group
    process.kill(-browser.process().pid, 'SIGKILL');
  } catch {
    // it is gone already
  }
};
process.on('exit', kill);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(3));
setTimeout(() => {
  console.error(`not finished after ${values.seconds} s; --seconds gives it more`);
  process.exit(3);
}, Number(values.seconds) * 1000).unref();

const results = [];
try {
  for (const file of positionals) {
    const url = pathToFileURL(resolve(file)).href;
    if (values.perf) {
      results.push({ file, ...(await measure(browser, url, options)) });
      continue;
    }
    for (const variant of variants) {
      results.push({ file, variant, ...(await audit(browser, url, variant, options)) });
    }
  }
} finally {
  await Promise.race([browser.close(), new Promise((done) => setTimeout(done, 5000))]);
  kill();
}
process.stdout.write(`${JSON.stringify(results, null, 1)}\n`, () => process.exit(0));
