// What the pages of experiments need of the browser: what is remembered here, and the caret of the filter box.
export function load(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

export function save(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch { /* private mode: it is forgotten with the page */ }
}

export function attachFilter(input, box) {
  const tell = (method, ...args) => box.invokeMethodAsync(method, ...args).catch(() => { });
  const changed = () => tell('Changed', input.value, input.selectionStart ?? input.value.length);
  input.addEventListener('input', changed);
  input.addEventListener('click', changed);
  input.addEventListener('keyup', e => { if (['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(e.key)) changed(); });
  input.addEventListener('blur', () => tell('Left'));
  input.addEventListener('keydown', e => {
    if (e.isComposing) return;
    const open = input.getAttribute('aria-expanded') === 'true';
    const chosen = input.hasAttribute('aria-activedescendant');
    if (!(e.key === 'Enter' || e.key === 'ArrowDown' || (open && (e.key === 'ArrowUp' || e.key === 'Escape')) || (open && chosen && e.key === 'Tab'))) return;
    e.preventDefault();
    tell('Key', e.key, input.value, input.selectionStart ?? input.value.length);
  });
}

export function setFilter(input, text, caret) {
  input.value = text;
  if (caret < 0) return;
  input.focus();
  input.setSelectionRange(caret, caret);
}

// Rows not in sight are one empty row as high as all of them, so the height of a row is that of the list by their number.
export function scrollToRow(box, row, rows) {
  const body = box.querySelector('tbody');
  if (body && rows > 0) box.scrollTop = row * body.getBoundingClientRect().height / rows;
  box.focus({ preventScroll: true });
}
