// Loaded before the first paint, so that a dark page never flashes light. Nothing here needs inline scripts.
(() => {
  const key = 'dowel-scheme';
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  let watcher = null;

  const chosen = () => {
    try { return localStorage.getItem(key) || 'system'; } catch { return 'system'; }
  };

  const apply = () => {
    const choice = chosen();
    const dark = choice === 'dark' || (choice === 'system' && system.matches);
    document.documentElement.dataset.scheme = dark ? 'dark' : 'light';
    // The server reads it when the circuit opens, to render in the right scheme at once.
    document.cookie = `${key}=${dark ? 'dark' : 'light'}; path=/; max-age=31536000; samesite=lax`;
    if (watcher) watcher.invokeMethodAsync('SchemeChanged', dark).catch(() => { });
  };

  apply();
  system.addEventListener('change', apply);

  const copyOld = text => {
    // navigator.clipboard exists only on secure origins.
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.appendChild(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  };

  window.dowel = {
    watchScheme(reference) { watcher = reference; apply(); return chosen(); },
    unwatchScheme() { watcher = null; },
    setScheme(value) {
      try { localStorage.setItem(key, value); } catch { /* private mode: it lasts as long as the page */ }
      apply();
    },
    focus(id) { document.getElementById(id)?.focus(); },
    submit(id) { document.getElementById(id)?.requestSubmit(); },
    showCurrent(bar) {
      const current = bar?.querySelector('[aria-current]');
      if (current) bar.scrollLeft = current.offsetLeft - bar.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
    },
    visible() { return document.visibilityState === 'visible'; },
    async copy(text) {
      try { await navigator.clipboard.writeText(text); return true; } catch { return copyOld(text); }
    },
  };

  document.addEventListener('DOMContentLoaded', () => {
    document.getElementById('reconnect-reload')?.addEventListener('click', () => location.reload());
    document.querySelectorAll('[data-reveal]').forEach(button => button.addEventListener('click', () => {
      const field = document.getElementById(button.dataset.reveal);
      const shown = field.type === 'text';
      field.type = shown ? 'password' : 'text';
      button.setAttribute('aria-pressed', String(!shown));
      button.textContent = shown ? 'Show' : 'Hide';
    }));
    const modal = document.getElementById('components-reconnect-modal');
    modal?.addEventListener('components-reconnect-state-changed', e => {
      const state = e.detail.state;
      modal.dataset.state = state;
      if (state === 'show' && !modal.open) modal.showModal();
      else if (state === 'hide' && modal.open) modal.close();
      else if ((state === 'failed' || state === 'rejected') && !modal.open) modal.showModal();
      if (state === 'rejected') location.reload();
    });
  });
})();
