// Uses a page as a reader would: types into its search field, presses its buttons, follows its links to itself.

const BUTTONS = 40;
const LINKS = 20;

export async function use(page, text) {
  const before = await visibleRows(page);
  const fields = await page.$$('input[type=search], input[type=text], input:not([type])');
  for (const field of fields) {
    await field.focus();
    await page.keyboard.sendCharacter(text);
    await frames(page);
  }
  const filtered = await visibleRows(page);
  for (const field of fields) {
    await field.evaluate((input) => {
      input.value = '';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }
  await frames(page);
  const buttons = await each(page, 'button, summary, select, input[type=checkbox]', BUTTONS, (element) => {
    if (element.localName !== 'select') return element.click();
    element.selectedIndex = element.options.length - 1;
    return element.dispatchEvent(new Event('change', { bubbles: true }));
  });
  const links = await each(page, 'a[href^="#"]', LINKS, (element) => element.click());
  const hovered = await each(page, 'td, th, summary, svg, text, rect, h2, h3', 400, (element) => {
    for (const kind of ['mouseover', 'mouseenter', 'mousemove', 'focus', 'pointerover']) {
      element.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  });
  await frames(page);
  return { fields: fields.length, buttons, links, hovered, rows: [before, filtered, await visibleRows(page)] };
}

async function each(page, selector, most, act) {
  const found = (await page.$$(selector)).slice(0, most);
  for (const element of found) await element.evaluate(act);
  await frames(page);
  return found.length;
}

export function visibleRows(page) {
  return page.evaluate(() => {
    const shown = (row) => row.getClientRects().length > 0;
    return [...document.querySelectorAll('tbody tr, main li')].filter(shown).length;
  });
}

export function frames(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
}
