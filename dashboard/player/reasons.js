// Why it was flagged: the hits, what was set aside and why, and the stills.

class Why {
  constructor(root, { seek, tip, showStill }) {
    this.box = root.querySelector('.why')
    this.hits = root.querySelector('.hits')
    this.hitCount = root.querySelector('.hit-count')
    this.aside = root.querySelector('.aside')
    this.asideList = root.querySelector('.set-aside')
    this.asideCount = root.querySelector('.aside-count')
    this.stills = root.querySelector('.stills')
    this.seek = seek
    this.tip = tip
    this.showStill = showStill
    this.rows = []
    this.shownHits = []
    this.shownAside = []
    walkWithArrows(this.hits, (row) => this.seek(this.shownHits[Number(row.dataset.row)].start_ms))
    walkWithArrows(this.asideList, (row) => this.seek(this.shownAside[Number(row.dataset.row)].start_ms))
  }

  show(data) {
    this.shownHits = [...(data.hits || [])].sort((a, b) => a.start_ms - b.start_ms)
    this.shownAside = [...(data.suppressed || [])].sort((a, b) => a.start_ms - b.start_ms)
    this.hitCount.textContent = this.shownHits.length || ''
    this.asideCount.textContent = this.shownAside.length || ''
    this.rows = this.fill(this.hits, this.shownHits, false)
    this.followed = -1
    this.box.scrollTop = 0
    this.fill(this.asideList, this.shownAside, true)
    this.aside.hidden = !this.shownAside.length
  }

  fill(list, hits, aside) {
    const rows = hits.map((hit, i) => this.rowOf(hit, i, aside))
    if (rows.length) rows[0].tabIndex = 0
    list.replaceChildren(
      ...rows.map((row) => {
        const item = node('li')
        item.append(row)
        return item
      }),
    )
    return rows
  }

  rowOf(hit, i, aside) {
    const lane = laneOf(hit.channel)
    const row = node('div', `hit ${lane}`, '', { tabIndex: -1 })
    row.dataset.row = i
    row.setAttribute('role', 'button')
    const words = node('span', 'text')
    words.append(node(aside ? 's' : 'bdi', 'how', aside ? hit.raw : hit.how || hit.raw))
    if (aside) words.append(node('bdi', 'reason', hit.reason))
    row.append(node('time', '', clockText(hit.start_ms, true)), node('span', 'lane-name', LANE_NAMES[lane]), words)
    if (aside || hit.why) this.tip(row, aside ? howOf(hit) : hit.why)
    return row
  }

  showStills(stills) {
    this.stills.hidden = !stills.length
    this.stills.replaceChildren(
      ...stills.map((one, i) => {
        const made = node('button', `still${one.boxed ? ' boxed' : ''}`)
        const image = node('img', '', '', { src: one.url, alt: '', loading: 'lazy', draggable: false })
        image.onerror = () => made.classList.add('missing')
        made.append(image, node('time', '', clockText(one.at_ms)))
        made.setAttribute('aria-label', `截图 ${i + 1}，${clockText(one.at_ms)}${one.boxed ? '，标出文字' : ''}`)
        made.onclick = () => {
          this.showStill(one.url)
          this.seek(one.at_ms)
        }
        return made
      }),
    )
  }

  at(stream_ms) {
    let last = -1
    this.rows.forEach((row, i) => {
      const hit = this.shownHits[i]
      const now = stream_ms >= hit.start_ms - 40 && stream_ms <= Math.max(hit.end_ms, hit.start_ms + 600)
      row.classList.toggle('now', now)
      if (now) last = i
    })
    if (last !== this.followed && last >= 0) bringIntoList(this.box, this.rows[last])
    this.followed = last
  }

  /** Where the next (1) or the one before (-1) of the hits begins, or null. */
  beside(stream_ms, direction, playing) {
    const starts = [...new Set(this.shownHits.map((hit) => hit.start_ms))]
    if (direction > 0) return starts.find((start) => start > stream_ms + 60) ?? null
    // While it plays, "the one before" is not the one that has just begun.
    return starts.filter((start) => start < stream_ms - (playing ? 900 : 60)).pop() ?? null
  }
}
