// The keyboard. One listener on the document, so that no reviewer has to click into the player first; silent while
// somebody types anywhere on the page. Streamlit's own keys are R and C.

const TYPES_INTO = 'input, textarea, select, [contenteditable]:not([contenteditable="false"]), [role="textbox"]'
const HAS_ITS_OWN_KEYS = '[role="dialog"], [role="grid"], [role="combobox"], [role="menu"], [role="listbox"], canvas'
const PRESSED_BY_KEYS = 'button, a[href], summary, [role="button"], [role="tab"], [role="option"], [role="radio"]'

/** Whether a key press is somebody typing, composing, or meant for another part of the page. */
function isForOthers(event, root) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return true
  if (event.ctrlKey || event.altKey || event.metaKey) return true
  const path = event.composedPath().filter((part) => part instanceof Element)
  if (path.some((part) => part.matches(TYPES_INTO) || part.isContentEditable)) return true
  if (!path.includes(root) && path.some((part) => part.matches(HAS_ITS_OWN_KEYS))) return true
  // A dialog of the page lies over the player even when nothing in it has the focus.
  return Boolean(document.querySelector('[role="dialog"][aria-modal="true"], [data-testid="stDialog"]'))
}

/** Listens; `acts` is an object of functions, see `player.js`. Gives the function that ends it. */
function listenToKeys(root, acts) {
  const onKey = (event) => {
    if (isForOthers(event, root)) return
    const target = event.composedPath()[0]
    const onControl = target instanceof Element && target.closest(PRESSED_BY_KEYS)
    const onSlider = target instanceof Element && target.closest('[role="slider"]')
    if (onControl && (event.key === ' ' || event.key === 'Enter')) return
    if (onSlider && !root.contains(onSlider)) return
    const act = actOf(event, acts)
    if (!act) return
    event.preventDefault()
    act()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

const REPEATS = {
  ArrowLeft: (acts) => acts.step(-2),
  ArrowRight: (acts) => acts.step(2),
  ',': (acts) => acts.stepFrame(-1),
  '.': (acts) => acts.stepFrame(1),
}

const ONCE = {
  ' ': (acts) => acts.toggle(),
  n: (acts) => acts.hit(1),
  p: (acts) => acts.hit(-1),
  '<': (acts) => acts.speed(-1),
  '>': (acts) => acts.speed(1),
  m: (acts) => acts.mute(),
  b: (acts) => acts.blur(),
  l: (acts) => acts.copy(),
  s: (acts) => acts.severity(),
  w: (acts) => acts.write(),
  j: (acts) => acts.skip(),
  u: (acts) => acts.undo(),
  Enter: (acts) => acts.submit(),
  Escape: (acts) => acts.back(),
}

function actOf(event, acts) {
  if (event.key === '?' || event.key === '？') return () => acts.help()
  if (acts.helping()) return null
  // With a Chinese keyboard switched on the full-width signs arrive; they stand for the same keys.
  const key = { '，': ',', '。': '.', '《': '<', '》': '>' }[event.key] || event.key
  if (Object.hasOwn(REPEATS, key) && !event.shiftKey) return () => REPEATS[key](acts)
  if (event.repeat) return null
  if (/^[1-9]$/.test(key)) return () => acts.digit(key)
  const name = key.length === 1 ? key.toLowerCase() : key
  return Object.hasOwn(ONCE, name) ? () => ONCE[name](acts) : null
}
