// How the player fits its window, and the small words that lie over it.

const LEAST_HEIGHT_PX = 560
const MOST_HEIGHT_PX = 1100
const TOAST_MS = 2500
const NARROW_PX = 1100
const THIN_PX = 700
const LEAST_LANE_PX = 150

/** Fits the window: everything one needs without scrolling, tall clips beside the timeline, wide ones above it. */
class Layout {
  /** `parts` has the `picture` and the `timeline`, once they are made. */
  constructor(root, parts) {
    this.root = root
    this.parts = parts
    this.lanes = root.querySelector('.lanes')
    this.fitted = () => this.fit()
    this.watch = new ResizeObserver(this.fitted)
    this.watch.observe(root)
    addEventListener('resize', this.fitted)
  }

  fit() {
    const { root } = this
    const { picture, timeline } = this.parts
    if (!root.isConnected || !picture || !timeline) return
    const scroller = scrollerOf(root)
    const above = root.getBoundingClientRect().top + (scroller ? scroller.scrollTop : scrollY)
    const room = Math.min(MOST_HEIGHT_PX, Math.max(LEAST_HEIGHT_PX, innerHeight - Math.max(0, above) - 12))
    const tall = picture.ratio < 1
    root.classList.toggle('tall', tall)
    root.classList.toggle('narrow', root.clientWidth < NARROW_PX)
    root.classList.toggle('thin', root.clientWidth < THIN_PX)
    root.style.setProperty('--room', `${Math.round(room)}px`)
    const widest = root.clientWidth * (tall ? 0.4 : root.clientWidth < NARROW_PX ? 0.5 : 0.54)
    const left = Math.max(200, Math.min(widest, picture.cell.clientHeight * picture.ratio))
    root.style.setProperty('--left', `${Math.round(left)}px`)
    const lanes = this.lanes.childElementCount
    root.classList.toggle('stacked', lanes > 2 && this.lanes.clientWidth < lanes * LEAST_LANE_PX)
    const width = timeline.track.clientWidth
    if (timeline.scale && width !== this.ticked) timeline.writeTicks()
    this.ticked = width
  }

  close() {
    this.watch.disconnect()
    removeEventListener('resize', this.fitted)
  }
}

/** What scrolls the page round the player: Streamlit scrolls a part of it, not the window. */
function scrollerOf(element) {
  for (let one = element.parentElement || element.getRootNode().host; one; ) {
    const { overflowY } = getComputedStyle(one)
    if (overflowY === 'auto' || overflowY === 'scroll') return one
    one = one.parentElement || one.getRootNode().host
  }
  return null
}

/** One tip at a time, at what the mouse is on; and short notices that go by themselves. */
class Tips {
  constructor(root) {
    this.root = root
    this.tip = root.querySelector('.tip')
    this.toast = root.querySelector('.toast')
  }

  on(element, text) {
    element.addEventListener('pointerenter', () => this.show(element, text))
    element.addEventListener('pointerleave', () => this.hide())
  }

  show(element, text) {
    const { tip } = this
    tip.textContent = text
    tip.hidden = false
    const edge = this.root.getBoundingClientRect()
    const at = element.getBoundingClientRect()
    const left = at.left - edge.left + at.width / 2 - tip.offsetWidth / 2
    const above = at.top - edge.top - tip.offsetHeight - 6
    tip.style.left = `${Math.min(edge.width - tip.offsetWidth - 4, Math.max(4, left))}px`
    tip.style.top = `${above < 0 ? at.bottom - edge.top + 6 : above}px`
  }

  hide() {
    this.tip.hidden = true
  }

  tell(text) {
    this.toast.textContent = text
    this.toast.hidden = false
    clearTimeout(this.going)
    this.going = setTimeout(() => (this.toast.hidden = true), TOAST_MS)
  }
}
