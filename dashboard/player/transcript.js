// The transcript: a lane a channel, side by side, each of which follows the playback by itself.

const CHAT_STAYS_MS = 3000
const HANDS_OFF_MS = 5000

class Transcript {
  constructor(root, { seek, tip }) {
    this.box = root.querySelector('.lanes')
    this.seek = seek
    this.tip = tip
    this.lanes = []
  }

  show(data) {
    const hits = new Map((data.hits || []).map((hit) => [hit.id, hit]))
    const aside = new Map((data.suppressed || []).map((hit) => [hit.id, hit]))
    const lines = [...(data.lines || [])].sort((a, b) => a.start_ms - b.start_ms)
    this.lanes = []
    for (const name of LANES) {
      const own = lines.filter((line) => laneOf(line.lane) === name)
      if (own.length) this.lanes.push(this.laneFor(name, own, hits, aside))
    }
    const widths = this.lanes.map((lane) => `minmax(0, ${lane.name === 'speech' && this.lanes.length > 1 ? 1.7 : 1}fr)`)
    this.box.style.setProperty('--columns', widths.join(' ') || 'minmax(0, 1fr)')
    const none = node('p', 'empty', '这段时间没有文字记录。')
    this.box.replaceChildren(...(this.lanes.length ? this.lanes.map((lane) => lane.section) : [none]))
  }

  laneFor(name, lines, hits, aside) {
    const section = node('section', `lane ${name}`)
    const title = node('h3', 'title', `${LANE_NAMES[name]} `)
    // Who speaks is said once where it is always the same.
    const voices = new Set(lines.map((line) => line.who || ''))
    const only = voices.size === 1 ? [...voices][0] : ''
    title.append(node('small', '', `${lines.length}${only ? ` · ${only}` : ''}`))
    const list = node('ol', 'lines')
    list.setAttribute('aria-label', LANE_NAMES[name])
    const rows = lines.map((line) => this.rowOf(line, hits, aside, !only))
    rows[0].tabIndex = 0
    list.append(
      ...rows.map((row) => {
        const item = node('li')
        item.append(row)
        return item
      }),
    )
    section.append(title, list)
    const lane = { name, section, list, lines, rows, current: new Set(), quiet_until: 0 }
    walkWithArrows(list, (row) => this.seek(lines[rows.indexOf(row)].start_ms))
    const handsOn = () => (lane.quiet_until = performance.now() + HANDS_OFF_MS)
    list.addEventListener('wheel', handsOn, { passive: true })
    list.addEventListener('touchmove', handsOn, { passive: true })
    return lane
  }

  rowOf(line, hits, aside, named) {
    const row = node('div', 'line', '', { tabIndex: -1 })
    row.dataset.row = ''
    row.setAttribute('role', 'button')
    row.append(node('time', '', clockText(line.start_ms)))
    const words = node('span', 'text')
    if (named && line.who) words.append(node('bdi', 'who', line.who))
    for (const [text, id] of line.pieces || []) {
      if (id === null || id === undefined) words.append(node('bdi', '', text))
      else if (hits.has(id)) words.append(this.wordOf('mark', text, hits.get(id), howOf(hits.get(id))))
      else if (aside.has(id)) {
        const hit = aside.get(id)
        words.append(this.wordOf('s', text, hit, `未计入：${hit.reason}\n${howOf(hit)}`))
      } else words.append(node('bdi', '', text))
    }
    row.append(words)
    if ((line.pieces || []).some(([, id]) => hits.has(id))) row.classList.add('telling')
    return row
  }

  wordOf(tag, text, hit, told) {
    const word = node(tag, 'word', text)
    word.dataset.hit = hit.id
    this.tip(word, told)
    return word
  }

  /** Marks what is said, shown and typed now, and scrolls each lane to it unless somebody reads there. */
  at(stream_ms) {
    for (const lane of this.lanes) {
      const now = new Set()
      let last = -1
      for (let i = 0; i < lane.lines.length && lane.lines[i].start_ms <= stream_ms; i++) {
        const line = lane.lines[i]
        last = i
        const until = Math.max(line.end_ms, line.start_ms + (line.end_ms - line.start_ms < 500 ? CHAT_STAYS_MS : 0))
        if (stream_ms < until) now.add(i)
      }
      for (const i of lane.current) if (!now.has(i)) lane.rows[i].classList.remove('now')
      for (const i of now) if (!lane.current.has(i)) lane.rows[i].classList.add('now')
      lane.current = now
      const follow = now.size ? Math.max(...now) : last
      if (follow !== lane.followed && follow >= 0 && performance.now() > lane.quiet_until)
        bringIntoList(lane.list, lane.rows[follow])
      lane.followed = follow
    }
  }
}
