// Functions that run inside the page. Each stands alone: the debugger sends its text.

// What the page consists of: what data could have smuggled in shows here.
export function facts() {
  const all = [...document.querySelectorAll('*')];
  const elements = {};
  const handlers = [];
  const urls = [];
  const ids = new Map();
  for (const element of all) {
    const tag = element.localName;
    elements[tag] = (elements[tag] ?? 0) + 1;
    if (element.id) ids.set(element.id, (ids.get(element.id) ?? 0) + 1);
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name)) handlers.push(`${tag} ${name}`);
      const isAddress = /^(href|src|srcset|action|formaction|data|poster|background|ping|xlink:href)$/i.test(name);
      if (isAddress && !value.startsWith('#')) urls.push(`${tag} ${name}=${value.slice(0, 120)}`);
      if (name === 'style' && /url\(|@import|expression/i.test(value)) urls.push(`${tag} style=${value.slice(0, 120)}`);
    }
  }
  const metas = [...document.querySelectorAll('meta[http-equiv]')];
  const broken = [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href').slice(1));
  return {
    elements,
    handlers,
    urls,
    metas: metas.map((meta) => `${meta.httpEquiv}: ${meta.content}`),
    duplicateIds: [...ids].filter(([, count]) => count > 1).map(([id]) => id.slice(0, 80)),
    brokenLinks: broken.filter((id) => id !== '' && !ids.has(decodeURIComponent(id))).slice(0, 20),
    title: document.title,
    language: document.documentElement.lang,
    characters: document.body.innerText.length,
    height: document.documentElement.scrollHeight,
  };
}

// Unfolds everything, and has what is far away laid out, too: it has no text for the debugger otherwise.
export function openAll() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { content-visibility: visible !important }');
  document.adoptedStyleSheets = [sheet];
  for (const details of document.querySelectorAll('details')) details.open = true;
}

// Of these texts, those that no reader of the page sees. White space is what the layout makes of it, and what stands in
// grave accents may be shown as code.
export function missing(texts) {
  const plain = (text) => text.replaceAll('`', '').replace(/\s+/g, ' ').trim();
  const shown = plain(document.body.innerText);
  return texts.filter((text) => !shown.includes(plain(text)));
}

// What makes the page wider than its window: elements that stick out and are in no box that scrolls.
export function overflowing() {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const isBoxed = (element) => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== 'visible') return true;
    }
    return false;
  };
  const wide = [...document.body.querySelectorAll('*')].filter((element) => {
    const { right, width } = element.getBoundingClientRect();
    const spills = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === 'visible';
    return width > 0 && (right > root.clientWidth + 1 || (spills && element.clientWidth > 0)) && !isBoxed(element);
  });
  const name = (element) => `${element.localName}.${element.getAttribute('class') ?? ''}#${element.id.slice(0, 40)}`;
  // the innermost ones are at fault, the others hold them
  const inner = wide.filter((element) => !wide.some((other) => other !== element && element.contains(other)));
  const culprits = inner.slice(0, 10).map((element) => `${name(element)}: ${element.textContent.trim().slice(0, 60)}`);
  return [`${root.scrollWidth} wide in a window of ${root.clientWidth}`, ...culprits];
}

// Text in plots with too little contrast: axe looks at `color`, which SVG text does not have.
export function paleText() {
  const rgb = (color) => {
    const parts = color.match(/[\d.]+/g)?.map(Number);
    return parts && parts.length >= 3 ? { r: parts[0], g: parts[1], b: parts[2], a: parts[3] ?? 1 } : undefined;
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let box = element; box; box = box.parentElement) {
      const color = rgb(getComputedStyle(box).backgroundColor);
      if (color && color.a === 1) return color;
    }
    return { r: 255, g: 255, b: 255, a: 1 };
  };
  const over = (top, under) => ({
    r: top.r * top.a + under.r * (1 - top.a),
    g: top.g * top.a + under.g * (1 - top.a),
    b: top.b * top.a + under.b * (1 - top.a),
  });
  const pale = [];
  for (const text of document.querySelectorAll('svg text, svg tspan')) {
    const own = [...text.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    const style = getComputedStyle(text);
    const fill = rgb(style.fill);
    if (!own || !fill || style.visibility === 'hidden' || text.getBoundingClientRect().width === 0) continue;
    const under = behind(text.closest('svg'));
    fill.a *= Number(style.fillOpacity) * Number(style.opacity);
    const [a, b] = [light(over(fill, under)), light(under)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) pale.push(`${ratio.toFixed(2)}: ${text.textContent.slice(0, 60)}`);
  }
  return pale;
}

// The focused element, where nothing shows that it is.
export function focusUnseen() {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return [];
  const style = getComputedStyle(element);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return outlined || style.boxShadow !== 'none' ? [] : [element.outerHTML.slice(0, 120)];
}
