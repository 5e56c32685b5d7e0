// Elements, made without markup: what comes from streams is only ever set as text.

const LANES = ['speech', 'screen', 'chat', 'message']
const LANE_NAMES = { speech: '口播', screen: '画面', chat: '弹幕', message: '私信' }

/** An element with classes and text; more as properties. */
function node(tag, classes = '', text = '', more = {}) {
  const made = document.createElement(tag)
  if (classes) made.className = classes
  if (text !== '' && text !== null && text !== undefined) made.textContent = String(text)
  if (tag === 'button') made.type = 'button'
  return Object.assign(made, more)
}

/** A button that names its key. */
function keyed(classes, text, key) {
  const made = node('button', classes, text)
  made.append(node('kbd', '', key))
  return made
}

/** How a hit was found, and in words why that counts. */
function howOf(hit) {
  return `${hit.how || hit.raw}${hit.why ? `\n${hit.why}` : ''}`
}

function laneOf(name) {
  return LANES.includes(name) ? name : 'message'
}

function still() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

/** One stop for Tab in a list; the arrows, Home and End go up and down inside it, Enter picks. */
function walkWithArrows(list, pick) {
  const rows = () => [...list.querySelectorAll('[data-row]')]
  list.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return
    const all = rows()
    const at = all.indexOf(event.target.closest('[data-row]'))
    if (at < 0) return
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === 'Enter') pick(all[at])
    else if (to === undefined) return
    else focusRow(all, Math.min(all.length - 1, Math.max(0, to)))
    event.preventDefault()
  })
  list.addEventListener('click', (event) => {
    const row = event.target.closest('[data-row]')
    if (row && !picksText(list)) pick(row)
  })
}

function focusRow(rows, at) {
  for (const row of rows) row.tabIndex = -1
  rows[at].tabIndex = 0
  rows[at].focus({ preventScroll: false })
}

/** Whether somebody has just drawn over words to copy them: that is no click. */
function picksText(list) {
  const root = list.getRootNode()
  const picked = root.getSelection ? root.getSelection() : getSelection()
  return Boolean(picked && !picked.isCollapsed && picked.toString().length > 1)
}

/** Scrolls a list (which has a position of its own), and nothing round it, until the row stands in its middle. */
function bringIntoList(list, row) {
  const top = row.offsetTop
  if (top >= list.scrollTop + 8 && top + row.offsetHeight <= list.scrollTop + list.clientHeight - 8) return
  list.scrollTo({ top: top - list.clientHeight / 2 + row.offsetHeight / 2, behavior: still() ? 'instant' : 'smooth' })
}
