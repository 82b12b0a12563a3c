// Finds the browser and the npm packages, and starts the browser so that two runs see the same.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

// install.sh puts the packages of this very lock file there.
function modules() {
  const lock = readFileSync(new URL('package-lock.json', import.meta.url));
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 16);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'assay', 'tools', 'browser', key);
  if (!existsSync(join(folder, 'complete'))) {
    stop(`no npm packages in ${folder}; type: tests/browser/install.sh`);
  }
  return createRequire(join(folder, 'package.json'));
}

function stop(why) {
  console.error(why);
  process.exit(4);
}

function executable() {
  const named = process.env.PUPPETEER_EXECUTABLE_PATH;
  if (named) return existsSync(named) ? named : stop(`PUPPETEER_EXECUTABLE_PATH names no file: ${named}`);
  const folders = (process.env.PATH || '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  return found ?? stop('no browser; type: apt-get install --no-install-recommends chromium fonts-dejavu-core');
}

export const require = modules();

// `reachable`: hosts that may be asked, such as a daemon on loopback.
export function launch({ reachable = [] } = {}) {
  const args = [
    '--disable-dev-shm-usage',
    '--disable-gpu',
    '--force-color-profile=srgb',
    '--font-render-hinting=none',
    '--lang=en-US',
    // nothing outside this machine can be reached, and nothing is asked for
    `--host-resolver-rules=${['MAP * ~NOTFOUND', ...reachable.map((host) => `EXCLUDE ${host}`)].join(', ')}`,
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
  ];
  // root has no sandbox to go into: containers of CI
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  const puppeteer = require('puppeteer-core');
  return (puppeteer.default ?? puppeteer).launch({
    executablePath: executable(),
    headless: true,
    args,
    protocolTimeout: 60_000,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
