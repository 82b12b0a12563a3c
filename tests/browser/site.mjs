// Goes through the pages of a running daemon as a person would, and prints what happened as one JSON document: signs in,
// finds what is broken, sees why, runs it again, silences and acknowledges it, signs out. Nothing is judged here.
//
//     node site.mjs --url http://127.0.0.1:8642 --token FILE [--noscript] [--no-axe] [--dark] [--width PIXELS]
//         [--shots FOLDER]
//
// --token     a file with a token of scope run
// --noscript  without JavaScript
// --no-axe    leave the rules of accessibility out
// --dark      as people who prefer dark pages
// --width     of the window, 1280 unless told
// --shots     screenshots of every page go there

import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { launch, require } from './browser.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    token: { type: 'string' },
    noscript: { type: 'boolean', default: false },
    'no-axe': { type: 'boolean', default: false },
    dark: { type: 'boolean', default: false },
    width: { type: 'string', default: '1280' },
    shots: { type: 'string' },
  },
});
if (!values.url || !values.token) {
  console.error('--url and --token are needed');
  process.exit(2);
}
const token = readFileSync(values.token, 'utf8').trim();
const shots = values.shots && resolve(values.shots);
if (shots) mkdirSync(shots, { recursive: true });
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const browser = await launch({ reachable: ['127.0.0.1', 'localhost'] });
const context = await browser.createBrowserContext();

async function newPage() {
  const made = await context.newPage();
  await made.setViewport({ width: Number(values.width), height: 900 });
  if (values.dark) await made.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  return made;
}

const page = await newPage();
await page.setJavaScriptEnabled(!values.noscript);
const heard = { console: [], errors: [], failed: [], foreign: [] };
page.on('console', (message) => {
  if (['error', 'warn', 'assert'].includes(message.type())) heard.console.push(message.text());
});
page.on('pageerror', (error) => heard.errors.push(String(error)));
page.on('response', (answer) => {
  if (answer.status() >= 400) heard.failed.push(`${answer.status()} ${answer.url()}`);
});
page.on('request', (request) => {
  if (!request.url().startsWith(values.url) && !request.url().startsWith('data:')) heard.foreign.push(request.url());
});

const steps = [];
const text = (selector) => page.$eval(selector, (found) => found.textContent.replace(/\s+/g, ' ').trim()).catch(() => null);

async function seen(step) {
  const one = { step, path: page.url().slice(values.url.length), heading: await text('h1'), said: await text('.said') };
  one.pwned = await page.evaluate(() => Boolean(window.__pwned));
  one.wide = await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
  if (shots) await page.screenshot({ path: join(shots, `${steps.length}-${step}.png`), fullPage: true });
  if (!values['no-axe']) {
    // the page's own policy lets no other script in
    const other = await newPage();
    await other.setBypassCSP(true);
    // what looks at the page needs scripts itself: only those of the page are kept away
    if (values.noscript) await other.setRequestInterception(true);
    other.on('request', (request) => {
      if (values.noscript) request.resourceType() === 'script' ? request.abort() : request.continue();
    });
    await other.goto(page.url(), { waitUntil: 'networkidle0' });
    await other.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    const found = await other.evaluate((tags) => window.axe.run(document, { runOnly: tags }), TAGS);
    one.axe = found.violations.map(({ id, nodes }) => ({ id, html: nodes[0].html.slice(0, 200), places: nodes.length }));
    await other.close();
  }
  steps.push(one);
}

async function go(url) {
  // a page that shows a run reloads itself when the run ends, which may come between
  const aborted = (error) => {
    if (!String(error).includes('ERR_ABORTED')) throw error;
    return page.goto(url, { waitUntil: 'networkidle0' });
  };
  await page.goto(url, { waitUntil: 'networkidle0' }).catch(aborted);
}

async function open(path, step) {
  await go(values.url + path);
  await seen(step);
}

// The first screen refreshes itself: what was found may be replaced before it is pressed.
async function press(selector) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await page.click(selector);
    } catch (error) {
      if (tries === 5 || !error.message.includes('detached')) throw error;
    }
  }
}

async function click(selector, step) {
  await Promise.all([page.waitForNavigation({ waitUntil: 'networkidle0' }), press(selector)]);
  await seen(step);
}

try {
  await open('/runs', 'asked to sign in');
  if (await page.$('input[name=token]')) {
    await page.type('input[name=token]', token);
    await click('main button', 'signed in');
  }
  await open('/', 'first screen');
  if (!values.noscript) {
    const name = await text('#rows tbody th a');
    await page.type('input[name=q]', name ?? 'x');
    await page.waitForFunction(() => location.search.includes('q='), { timeout: 10_000 });
    await seen('filtered while typing');
    await open('/', 'first screen again');
  }
  if (await page.$('#incidents .of a')) {
    await click('#incidents .of a', 'what is broken');
    const document = page.url();
    await click('.actions form button', 'run now');
    await go(document);
    await click('.actions a.button', 'a silence filled in');
    await page.type('input[name=comment]', 'it is known');
    await click('form.make > .matcher button', 'silenced');
    await open('/incidents', 'incidents');
    await click('.incidents a.what', 'an incident');
    if (await page.$('.acknowledge button')) {
      await page.type('input[name=note]', 'on it');
      await click('.acknowledge button', 'acknowledged');
    }
  }
  await open('/runs', 'runs');
  if (await page.$('.runs th a')) await click('.runs th a', 'a run');
  await open('/', 'before leaving');
  await click('.visitor button', 'signed out');
} finally {
  await Promise.race([browser.close(), new Promise((done) => setTimeout(done, 5000))]);
}
process.stdout.write(`${JSON.stringify({ steps, ...heard }, null, 1)}\n`, () => process.exit(0));
