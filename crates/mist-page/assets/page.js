// Refreshes what changes, and copies commands. Every view works without it.
(() => {
  'use strict';
  document.documentElement.classList.add('script');

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('button.copy');
    if (!button) return;
    const words = button.querySelector('span');
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      words.textContent = 'Copied';
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.previousElementSibling);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      words.textContent = 'Selected';
    }
    setTimeout(() => { words.textContent = 'Copy'; }, 2000);
  });

  let seconds = Number(document.body.dataset.refresh);
  if (!seconds) return;
  const stale = document.getElementById('stale');
  let last = new Date();

  // A release that ends has another address to refresh: none.
  const replace = (text) => {
    const next = new DOMParser().parseFromString(text, 'text/html');
    document.title = next.title;
    for (const part of document.querySelectorAll('[data-live]')) {
      const fresh = next.getElementById(part.id);
      if (fresh && fresh.innerHTML !== part.innerHTML) update(part, fresh);
    }
    seconds = Number(next.body.dataset.refresh);
  };

  // What a person opened or focused stays so.
  const update = (part, fresh) => {
    const open = [...part.querySelectorAll('details')].map((it) => it.open);
    const focusable = 'a, button, summary, [tabindex]';
    const place = [...part.querySelectorAll(focusable)].indexOf(document.activeElement);
    part.replaceChildren(...document.adoptNode(fresh).childNodes);
    part.querySelectorAll('details').forEach((it, index) => { if (index in open) it.open = open[index]; });
    if (place >= 0) part.querySelectorAll(focusable)[place]?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { cache: 'no-store', signal: AbortSignal.timeout(60000) });
        if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
        replace(await answer.text());
        last = new Date();
        stale.hidden = true;
      } catch (error) {
        stale.querySelector('span').textContent =
          `Not refreshed since ${last.toISOString().slice(11, 19)} UTC: ${error.message}`;
        stale.hidden = false;
      }
    }
    if (seconds) setTimeout(refresh, seconds * 1000);
  };
  setTimeout(refresh, seconds * 1000);
})();
