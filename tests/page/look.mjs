// Looks at the page in Chromium: `node look.mjs check` tests every view and state, `node look.mjs screens DIR` takes
// the pictures of the documentation. `.ci/run page` installs the libraries that `package.json` pins, and checks.
// CHROMIUM names the browser, CARGO the build.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../target/ci/page/', import.meta.url));
const { chromium } = require('playwright-core');
const axe = require('axe-core');

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const CARGO = (process.env.CARGO ?? 'cargo').split(' ');
const WIDTHS = [320, 768, 1280, 1920];
const SCHEMES = ['light', 'dark'];

// The tallest picture, in pixels.
const TALLEST = 1500;

// The views, by name: the scene of the gallery, the address, and the status.
const VIEWS = {
  stacks: ['full', '/'],
  'stacks-paused': ['full', '/?refresh=off'],
  'stacks-empty': ['empty', '/'],
  'stacks-dead': ['dead', '/', 502],
  'stacks-many': ['many', '/'],
  'release-finished': ['full', '/release?stack=LIVE&id=finished'],
  'release-running': ['full', '/release?stack=INT&id=running'],
  'release-failed': ['full', '/release?stack=QA&id=failed'],
  'release-swapped-back': ['full', '/release?stack=LIVE&id=swapped-back'],
  'release-markup': ['full', '/release?stack=QA&id=markup'],
  'release-missing': ['full', '/release?stack=QA&id=none', 404],
  'release-dead': ['dead', '/release?stack=QA&id=failed', 502],
  history: ['full', '/history'],
  'history-filtered': ['full', '/history?stack=LIVE&verdict=failed&days=7'],
  'history-nothing': ['full', '/history?version=%3Cb%3E'],
  'history-empty': ['empty', '/history'],
  'history-dead': ['dead', '/history'],
  'history-many': ['many', '/history?days=3660'],
  'no-such-page': ['full', '/%3Cscript%3E', 404],
  file: ['file', ''],
};

// The gallery and its addresses.
async function gallery() {
  const [program, ...before] = CARGO;
  const words = [...before, 'run', '-q', '-p', 'mist-page', '--example', 'gallery'];
  const child = spawn(program, words, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { addresses: JSON.parse(line), stop: () => child.stdin.end() };
  }
  throw new Error('the gallery ended without addresses');
}

async function check(browser, addresses) {
  let problems = 0;
  const report = (view, problem) => { problems += 1; console.error(`${view}: ${problem}`); };
  for (const [view, [scene, path, status = 200]] of Object.entries(VIEWS)) {
    for (const script of [true, false]) {
      const context = await browser.newContext({ javaScriptEnabled: script, reducedMotion: 'reduce' });
      const page = await context.newPage();
      page.on('pageerror', (error) => report(view, error.message));
      page.on('console', (message) => {
        // The browser itself reports the status of a view that is about a problem.
        if (message.type() === 'error' && !(status !== 200 && message.text().includes(String(status)))) report(view, message.text());
      });
      const answer = await page.goto(addresses[scene] + path);
      if (scene !== 'file' && answer.status() !== status) report(view, `status ${answer.status()}, not ${status}`);
      await widths(page, view, report);
      if (script) {
        await accessible(page, view, report);
        await keyboard(page, view, report);
      }
      await context.close();
    }
    console.log(`${view}: looked at`);
  }
  await moves(browser, addresses, report);
  for (const view of ['stacks-many', 'history-many']) {
    const [scene, path] = VIEWS[view];
    const begin = performance.now();
    const size = (await (await fetch(addresses[scene] + path)).text()).length;
    console.log(`${view}: ${Math.round(performance.now() - begin)} ms, ${Math.round(size / 1024)} KiB, without optimization`);
  }
  return problems;
}

// Nothing scrolls sideways.
async function widths(page, view, report) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const { scroll, wide } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      wide: [...document.querySelectorAll('main *')].filter((it) => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest('svg, pre'))
        .slice(0, 3).map((it) => `${it.tagName}.${it.getAttribute('class')}`),
    }));
    if (scroll > width || wide.length) report(view, `wider than ${width} px: ${scroll} ${wide.join(' ')}`);
  }
}

// No rule of axe is violated, in light and dark.
async function accessible(page, view, report) {
  await page.setViewportSize({ width: 1280, height: 900 });
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The policy of the page lets no other script in; the debugger of the browser is above it.
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    for (const { id, nodes } of violations) report(view, `${colorScheme}: ${id}: ${nodes.slice(0, 3).map((it) => it.html.slice(0, 160)).join(' | ')}`);
  }
}

// The first key press goes to the content, and every focused place is seen.
async function keyboard(page, view, report) {
  await page.evaluate(() => { scrollTo(0, 0); document.activeElement.blur(); });
  for (let press = 0; press < 8; press += 1) {
    await page.keyboard.press('Tab');
    const place = await page.evaluate(() => {
      const it = document.activeElement;
      if (it === document.body) return null;
      const { outlineStyle } = getComputedStyle(it);
      return { text: it.textContent.trim().slice(0, 30), seen: outlineStyle !== 'none' };
    });
    if (press === 0 && place?.text !== 'Skip to content') report(view, `the first key press goes to ${place?.text}`);
    if (place && !place.seen) report(view, `no focus is seen on "${place.text}"`);
  }
}

// A view that runs reads itself again, and says so when it cannot.
async function moves(browser, addresses, report) {
  const page = await browser.newPage();
  await page.goto(`${addresses.full}/release?stack=INT&id=running`);
  const read = () => page.locator('#foot time').getAttribute('datetime');
  const first = await read();
  await page.waitForFunction((before) => document.querySelector('#foot time').getAttribute('datetime') !== before, first)
    .catch(() => report('release-running', 'does not refresh'));
  await page.route('**/*', (route) => route.abort());
  await page.locator('#stale').waitFor({ state: 'visible' }).catch(() => report('release-running', 'hides that it is not refreshed'));
  await page.close();
}

// The pictures: the views at one width. VIEWS, WIDTHS and SCHEMES choose others, to look at.
async function screens(browser, addresses, folder) {
  await mkdir(folder, { recursive: true });
  const chosen = (name, usual) => process.env[name]?.split(',') ?? usual;
  const views = chosen('VIEWS', ['stacks', 'release-failed', 'release-finished', 'history']);
  const widths = chosen('WIDTHS', ['1280']);
  for (const name of views) {
    const [scene, path] = VIEWS[name];
    for (const width of widths.map(Number)) {
      for (const colorScheme of chosen('SCHEMES', name === 'stacks' ? SCHEMES : ['light'])) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme, reducedMotion: 'reduce' });
        await page.goto(addresses[scene] + path);
        const size = widths.length > 1 ? `-${width}` : '';
        const full = await page.evaluate(() => document.documentElement.scrollHeight);
        const clip = { x: 0, y: 0, width, height: Math.min(full, TALLEST) };
        await page.screenshot({ path: `${folder}/page-${name}${size}-${colorScheme}.png`, fullPage: true, clip });
        await page.close();
      }
    }
  }
}

const [what, folder] = process.argv.slice(2);
if (what !== 'check' && !(what === 'screens' && folder)) {
  console.error('usage: node look.mjs check | screens DIR');
  process.exit(2);
}
const { addresses, stop } = await gallery();
const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
try {
  if (what === 'screens') await screens(browser, addresses, folder);
  else {
    const problems = await check(browser, addresses);
    console.log(problems === 0 ? 'no problem' : `${problems} problems`);
    process.exitCode = problems === 0 ? 0 : 1;
  }
} finally {
  await browser.close();
  stop();
}
