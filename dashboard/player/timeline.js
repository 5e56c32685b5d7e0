// The timeline: a row a channel with a mark for each hit, over the waveform, the violation's span and what was not
// heard or seen. In stream time; see scale.js for what the clip leaves out.

const GAP_NAMES = { heard: '没听到', seen: '没看到', chat: '弹幕没读到' }

class Timeline {
  constructor(root, { seek, tip }) {
    this.box = root.querySelector('.timeline')
    this.names = root.querySelector('.lane-names')
    this.track = root.querySelector('.track')
    this.span = root.querySelector('.span')
    this.breaks = root.querySelector('.breaks')
    this.gaps = root.querySelector('.gaps')
    this.marks = root.querySelector('.marks')
    this.ticks = root.querySelector('.ticks')
    this.playhead = root.querySelector('.playhead')
    this.seek = seek
    this.tip = tip
    const track = this.track
    track.onpointerdown = (event) => {
      if (event.button !== 0 || event.target.closest('.mark')) return
      track.setPointerCapture(event.pointerId)
      this.drag(event)
    }
    track.onpointermove = (event) => track.hasPointerCapture(event.pointerId) && this.drag(event)
  }

  drag(event) {
    const edge = this.track.getBoundingClientRect()
    this.seek(this.scale.at(Math.min(1, Math.max(0, (event.clientX - edge.left) / (edge.width || 1)))))
  }

  show(data, pieces) {
    const hits = data.hits || []
    const aside = data.suppressed || []
    const lines = pieces.length ? [] : data.lines || []
    const moments = [data.span, ...hits, ...lines].filter(Boolean).flatMap((one) => [one.start_ms, one.end_ms])
    this.scale = makeScale(pieces, moments.length ? moments : [0])
    const lanes = LANES.filter((lane) => [...hits, ...aside].some((hit) => laneOf(hit.channel) === lane))
    this.box.style.setProperty('--lanes', String(Math.max(1, lanes.length)))
    this.names.replaceChildren(...lanes.map((lane) => node('span', `lane-name ${lane}`, LANE_NAMES[lane])))
    this.place(this.span, data.span || { start_ms: 0, end_ms: 0 })
    this.span.hidden = !data.span
    this.breaks.replaceChildren(...this.scale.parts.filter((part) => part.left_out).map((part) => this.breakOf(part)))
    this.gaps.replaceChildren(...(data.gaps || []).filter((gap) => this.touches(gap)).map((gap) => this.gapOf(gap)))
    const row = (hit) => lanes.indexOf(laneOf(hit.channel))
    this.marks.replaceChildren(
      ...aside.map((hit) => this.markOf(hit, row(hit), true)),
      ...hits.map((hit) => this.markOf(hit, row(hit), false)),
    )
    this.writeTicks()
    const ends = this.scale.parts
    this.track.setAttribute('aria-valuemin', String(Math.floor(ends[0].start_ms / 1000)))
    this.track.setAttribute('aria-valuemax', String(Math.ceil(ends[ends.length - 1].end_ms / 1000)))
  }

  touches(gap) {
    const parts = this.scale.parts
    return gap.end_ms > parts[0].start_ms && gap.start_ms < parts[parts.length - 1].end_ms
  }

  place(element, { start_ms, end_ms }) {
    const from = this.scale.share(start_ms)
    element.style.left = `${100 * from}%`
    element.style.width = `${100 * Math.max(0, this.scale.share(end_ms) - from)}%`
  }

  breakOf(part) {
    const made = node('div', 'break')
    this.place(made, part)
    this.tip(made, `片段里没有 ${clockText(part.start_ms)}–${clockText(part.end_ms)}`)
    return made
  }

  gapOf(gap) {
    const made = node('div', 'gap')
    this.place(made, gap)
    const times = `${clockText(gap.start_ms)}–${clockText(gap.end_ms)}`
    this.tip(made, `${GAP_NAMES[gap.sense] || '没有记录'} ${times}${gap.why ? ` · ${gap.why}` : ''}`)
    return made
  }

  markOf(hit, row, aside) {
    const made = node('button', `mark ${laneOf(hit.channel)}${aside ? ' left-aside' : ''}`, '', { tabIndex: -1 })
    const words = `${clockText(hit.start_ms, true)} ${hit.how || hit.raw}${aside ? ` · 未计入：${hit.reason}` : ''}`
    made.setAttribute('aria-label', words)
    made.dataset.hit = hit.id
    made.style.setProperty('--row', String(row))
    this.place(made, hit)
    made.onclick = () => this.seek(hit.start_ms)
    this.tip(made, words)
    return made
  }

  writeTicks() {
    const apart = 72 / Math.max(200, this.track.clientWidth)
    this.ticks.replaceChildren(
      ...ticksOf(this.scale, apart).map((tick) => {
        const made = node('span', 'tick', clockText(tick.ms))
        made.style.left = `${100 * tick.share}%`
        return made
      }),
    )
  }

  at(stream_ms) {
    if (!this.scale) return
    this.playhead.style.left = `${100 * this.scale.share(stream_ms)}%`
    const now = String(Math.round(stream_ms / 1000))
    if (this.track.getAttribute('aria-valuenow') === now) return
    this.track.setAttribute('aria-valuenow', now)
    this.track.setAttribute('aria-valuetext', clockText(stream_ms))
  }
}
