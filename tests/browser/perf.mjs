// How long a page takes: to load, to scroll through, to filter and to sort. Milliseconds.

import { frames, visibleRows } from './use.mjs';

export async function measure(browser, url, options) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.setViewport({ width: 1280, height: 900 });
    await page.evaluateOnNewDocument(() => {
      window.__longTasks = [];
      const observer = new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.__longTasks.push([task.startTime, task.duration]);
      });
      observer.observe({ type: 'longtask', buffered: true });
    });
    await page.goto(url, { waitUntil: 'load', timeout: 60_000 });
    await frames(page);
    const load = await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType('navigation');
      const paint = performance.getEntriesByName('first-contentful-paint')[0];
      return {
        contentLoaded: Math.round(navigation.domContentLoadedEventEnd),
        load: Math.round(navigation.loadEventEnd),
        firstPaint: paint && Math.round(paint.startTime),
        elements: document.querySelectorAll('*').length,
      };
    });
    const loading = await longTasks(page);
    const scroll = await page.evaluate(scrollThrough);
    return {
      load: { ...load, longTasks: loading },
      scroll: { ...scroll, longTasks: await longTasks(page) },
      filter: await filter(page, options.filter ?? 'zzzz'),
      sort: await sort(page),
    };
  } finally {
    await context.close();
  }
}

// Those since they were last asked for: how many, and the longest.
function longTasks(page) {
  return page.evaluate(() => {
    const tasks = window.__longTasks.splice(0).map(([, duration]) => duration);
    return { count: tasks.length, longest: Math.round(Math.max(0, ...tasks)) };
  });
}

// From top to bottom a window's height per frame. Heights may grow on the way.
async function scrollThrough() {
  const root = document.documentElement;
  const gaps = [];
  const start = performance.now();
  let last = start;
  let steps = 0;
  for (; steps < 3000 && performance.now() - start < 45_000; steps += 1) {
    window.scrollBy({ top: root.clientHeight, behavior: 'instant' });
    const now = await new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))));
    gaps.push(now - last);
    last = now;
    if (window.scrollY + root.clientHeight >= root.scrollHeight - 1) break;
  }
  gaps.sort((a, b) => a - b);
  const at = (share) => Math.round(gaps[Math.min(gaps.length - 1, Math.floor(share * gaps.length))] ?? 0);
  return {
    steps,
    height: root.scrollHeight,
    total: Math.round(last - start),
    reachedEnd: window.scrollY + root.clientHeight >= root.scrollHeight - 1,
    gap: { median: at(0.5), p95: at(0.95), longest: at(1) },
  };
}

// From the key press to the second frame after it.
async function filter(page, text) {
  const field = await page.$('input[type=search]');
  if (!field) return null;
  const before = await visibleRows(page);
  await field.focus();
  const [took, after] = [await timed(page, () => page.keyboard.sendCharacter(text)), await visibleRows(page)];
  const cleared = await timed(page, () =>
    field.evaluate((input) => {
      input.value = '';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }),
  );
  return { took, cleared, rows: [before, after, await visibleRows(page)], longTasks: await longTasks(page) };
}

async function sort(page) {
  const button = await page.$('th button');
  if (!button) return null;
  const took = await timed(page, () => button.evaluate((element) => element.click()));
  return { took, longTasks: await longTasks(page) };
}

async function timed(page, act) {
  const start = performance.now();
  await act();
  await frames(page);
  return Math.round(performance.now() - start);
}
