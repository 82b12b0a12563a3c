// One page in one variant: what it asks for, says, runs, contains, and what a reader with an assistive device meets.

import { basename, join } from 'node:path';

import { require } from './browser.mjs';
import { facts, focusUnseen, missing, openAll, overflowing, paleText } from './page.mjs';
import { use } from './use.mjs';

const wide = { width: 1280, height: 900 };

export const VARIANTS = {
  light: { viewport: wide, scheme: 'light', axe: true },
  dark: { viewport: wide, scheme: 'dark', axe: true },
  narrow: { viewport: { width: 360, height: 740 }, scheme: 'light', axe: true },
  print: { viewport: wide, scheme: 'light', print: true },
  noscript: { viewport: wide, scheme: 'light', noscript: true },
  // the page's own policy must not be the only thing that stops a script
  bypass: { viewport: wide, scheme: 'light', bypass: true },
};

const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const TAB_STOPS = 12;

// Browsers refuse or slow down pictures that are much longer, and any picture of a page that is very long.
const LONGEST_SHOT = 9000;
const LONGEST_PAGE = 500_000;

export async function audit(browser, url, name, options) {
  const variant = VARIANTS[name];
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const heard = listen(context, page, url);
    await prepare(page, variant);
    await page.goto(url, { waitUntil: 'load', timeout: 30_000 });
    await settle(page);
    const looks = await look(page, url, name, variant, options);
    await settle(page);
    return { ...heard, pwned: await pwned(page), ...looks };
  } finally {
    await context.close();
  }
}

async function prepare(page, variant) {
  await page.setViewport(variant.viewport);
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: variant.scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
  await page.setJavaScriptEnabled(!variant.noscript);
  await page.setBypassCSP(Boolean(variant.bypass));
  if (variant.print) await page.emulateMediaType('print');
}

// Everything that a page without faults does not do.
function listen(context, page, url) {
  const heard = { console: [], errors: [], requests: [], dialogs: [], popups: [] };
  page.on('console', (message) => {
    if (['error', 'warn', 'assert'].includes(message.type())) heard.console.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => heard.errors.push(String(error)));
  page.on('error', (error) => heard.errors.push(`crash: ${error}`));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url) heard.requests.push(request.url().slice(0, 200));
  });
  page.on('dialog', (dialog) => {
    heard.dialogs.push(`${dialog.type()}: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  context.on('targetcreated', (target) => {
    if (target.type() === 'page' && target !== page.target()) heard.popups.push(target.url());
  });
  return heard;
}

// Late errors, images and handlers get the time of a few frames.
async function settle(page) {
  await new Promise((done) => setTimeout(done, 150));
  await page.evaluate(() => document.readyState);
}

function pwned(page) {
  const asked = page.frames().map((frame) => frame.evaluate(() => Boolean(window.__pwned)).catch(() => true));
  return Promise.all(asked).then((answers) => answers.some(Boolean));
}

async function look(page, url, name, variant, options) {
  const result = {};
  const stem = options.shots && join(options.shots, `${basename(url, '.html')}-${name}`);
  if (stem) result.shot = await shoot(page, `${stem}.png`);
  if (variant.print) {
    const pdf = { path: stem && `${stem}.pdf`, format: 'A4', printBackground: true, preferCSSPageSize: true };
    await page.pdf(pdf);
    result.pdf = pdf.path;
  }
  const withAxe = variant.axe && options.axe;
  if (withAxe) result.axe = await axe(page);
  result.facts = await page.evaluate(facts);
  await page.evaluate(openAll);
  if (stem && name === 'light') result.shotOpen = await shoot(page, `${stem}-open.png`);
  if (withAxe) {
    result.axe = [...result.axe, ...(await axe(page)).map((found) => ({ ...found, opened: true }))];
    result.pale = await page.evaluate(paleText);
  }
  if (name === 'light') result.unfocused = await unfocused(page);
  if (name === 'narrow') {
    result.overflow = [...(await page.evaluate(overflowing))];
    // the width that WCAG 1.4.10 asks for
    await page.setViewport({ width: 320, height: 640 });
    result.overflow.push(...(await page.evaluate(overflowing)));
  }
  result.missing = await page.evaluate(missing, options.texts);
  if (options.filter !== undefined && !variant.noscript && !variant.print) {
    result.used = await use(page, options.filter);
    result.factsUsed = await page.evaluate(facts);
  }
  return result;
}

// Stops of the Tab key that nobody can see.
async function unfocused(page) {
  const unseen = [];
  for (let stop = 0; stop < TAB_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    unseen.push(...(await page.evaluate(focusUnseen)));
  }
  return unseen;
}

async function shoot(page, path) {
  const { width, height } = await page.evaluate(() => ({
    width: document.documentElement.clientWidth,
    height: document.documentElement.scrollHeight,
  }));
  if (height > LONGEST_PAGE) return null;
  await page.screenshot({ path, clip: { x: 0, y: 0, width, height: Math.min(height, LONGEST_SHOT) } });
  return path;
}

async function axe(page) {
  // evaluated by the debugger, which the page's policy does not concern
  await page.evaluate(require('axe-core').source);
  const run = (tags) => window.axe.run(document, { runOnly: tags, resultTypes: ['violations', 'incomplete'] });
  const { violations } = await page.evaluate(run, AXE_TAGS);
  return violations.map(({ id, impact, help, nodes }) => ({
    id,
    impact,
    help,
    count: nodes.length,
    nodes: nodes.slice(0, 5).map((node) => ({
      target: node.target.join(' ').slice(0, 200),
      html: node.html.slice(0, 200),
      why: node.failureSummary?.slice(0, 400),
    })),
  }));
}
