// Uses a page as a reader would: types into its search field, presses its buttons, follows its links to itself.

const BUTTONS = 40;
const LINKS = 20;
const HOVERED = 2000;

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
  const buttons = await act(page, 'button, summary, select, input[type=checkbox]', BUTTONS, 'press');
  const links = await act(page, 'a[href^="#"]', LINKS, 'press');
  const hovered = await act(page, 'td, th, summary, svg, text, rect, h2, h3, [title]', HOVERED, 'hover');
  await frames(page);
  return { fields: fields.length, buttons, links, hovered, rows: [before, filtered, await visibleRows(page)] };
}

// On the first of the elements, in the page: a handle for each of very many would take minutes.
async function act(page, selector, most, how) {
  const count = await page.evaluate(
    (selector, most, how) => {
      const chosen = [...document.querySelectorAll(selector)].slice(0, most);
      for (const element of chosen) {
        if (how === 'hover') {
          for (const kind of ['mouseover', 'mouseenter', 'mousemove', 'focus', 'pointerover']) {
            element.dispatchEvent(new Event(kind, { bubbles: true }));
          }
        } else if (element.localName === 'select') {
          element.selectedIndex = element.options.length - 1;
          element.dispatchEvent(new Event('input', { bubbles: true }));
        } else {
          element.click();
        }
      }
      return chosen.length;
    },
    selector,
    most,
    how,
  );
  await frames(page);
  return count;
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
