// The player put together. Streamlit runs the export again whenever the data change, and the function it gives back
// once, when the component goes.

const LIST_EVERY_MS = 120

class Player {
  constructor(root) {
    this.root = root
    const find = (selector) => root.querySelector(selector)
    const seek = (ms) => this.seek(ms)
    this.tips = new Tips(root)
    const tip = (element, text) => this.tips.on(element, text)
    this.heading = find('.heading')
    this.round = find('.round')
    this.help = find('.help')
    this.streamAt = find('.stream-at')
    this.clipAt = find('.clip-at')
    this.playName = find('.play-name')
    this.layout = new Layout(root, this)
    this.picture = new Picture(root, { moved: () => this.moved(), shaped: () => this.layout.fit(), ask: () => this.refresh() })
    this.sound = new Sound(root)
    this.timeline = new Timeline(root, { seek, tip })
    this.transcript = new Transcript(root, { seek, tip })
    this.why = new Why(root, { seek, tip, showStill: (url) => this.picture.showStill(url) })
    this.outbox = new Outbox()
    this.bar = new Bar(root, { outbox: this.outbox, let_go: () => this.lease.stop() })
    this.lease = new Lease(root, (why) => this.bar.lose(why))
    this.chosen = {}
    this.listed_at = 0
    this.bindControls(find)
    this.stopKeys = listenToKeys(root, this.acts())
    this.frame = () => this.onFrame()
  }

  bindControls(find) {
    const acts = this.acts()
    this.playButton = find('.play')
    this.playButton.onclick = acts.toggle
    find('.previous-hit').onclick = () => acts.hit(-1)
    find('.next-hit').onclick = () => acts.hit(1)
    this.muteButton = find('.mute')
    this.blurButton = find('.blur')
    this.muteButton.onclick = acts.mute
    this.blurButton.onclick = acts.blur
    find('.copy').onclick = acts.copy
    find('.help-open').onclick = acts.help
    this.speedButtons = SPEEDS.map((speed, i) => {
      const made = node('button', 'speed', `${speed}×`)
      // Where there is room for one of them alone, it goes round.
      made.onclick = () => this.setSpeed(speed === this.picture.speed ? SPEEDS[(i + 1) % SPEEDS.length] : speed)
      return made
    })
    find('.speeds').replaceChildren(...this.speedButtons)
    this.setSpeed(1)
    // A click leaves the focus where it was: else the next Space would press the same button again.
    this.root.addEventListener('mousedown', (event) => {
      if (!event.target.closest('button') || event.target.closest('dialog')) return
      event.preventDefault()
      this.bar.note.blur()
    })
  }

  acts() {
    return (this.actions ??= {
      toggle: () => this.picture.toggle(),
      step: (seconds) => this.picture.step(seconds),
      stepFrame: (direction) => this.picture.stepFrame(direction),
      hit: (direction) => this.toHit(direction),
      speed: (direction) => this.setSpeed(SPEEDS[SPEEDS.indexOf(this.picture.speed) + direction]),
      mute: () => this.prefer('muted', !this.wish('muted')),
      blur: () => this.prefer('blurred', !this.wish('blurred')),
      copy: () => this.copyLink(),
      severity: () => this.bar.nextSeverity(),
      write: () => this.bar.note.focus(),
      skip: () => this.bar.skip(),
      undo: () => this.bar.undo(),
      submit: () => this.bar.submit(),
      back: () => this.bar.choose(null),
      help: () => (this.help.open ? this.help.close() : this.help.showModal()),
      helping: () => this.help.open,
      digit: (key) => this.digit(key),
    })
  }

  digit(key) {
    if (this.bar.state === 'choosing') return this.bar.toggleReasonAt(Number(key) - 1)
    const button = ((this.data.decide || {}).buttons || []).find((one) => one.key === key)
    return button && this.bar.press(button.decision)
  }

  /** Shows what Streamlit gives; called again for every change, also for one of the theme alone. */
  show(data, send) {
    if (data === this.data) return
    this.outbox.heard(data.answered, send)
    const anew = !this.data || this.data.flag_id !== data.flag_id
    const seek_ms = data.seek_ms ?? null
    const sought = !anew && seek_ms !== null && seek_ms !== (this.data.seek_ms ?? null)
    this.data = data
    this.root.dataset.flag = data.flag_id
    this.heading.textContent = this.heading.title = data.heading || ''
    this.round.textContent = data.decide ? data.decide.round_name || '' : ''
    this.round.hidden = !this.round.textContent
    this.applyWishes()
    for (const one of [this.playButton, this.muteButton, ...this.speedButtons]) one.disabled = !data.clip
    this.picture.show(data, anew, seek_ms ?? data.start_at_ms ?? 0)
    this.drawLists(data, anew)
    this.bar.show(data, anew)
    if (this.bar.state === 'lost' || this.bar.state === 'sent') this.lease.stop()
    else this.lease.hold(data.decide ? data.flag_id : null, data.decide ? data.decide.lease_until : null)
    if (sought) this.seek(seek_ms)
    this.tips.hide()
    this.layout.fit()
    this.moved()
  }

  /** Draws lists and timeline, unless the same is there already: a list somebody reads must not jump. */
  drawLists(data, anew) {
    const { span, hits, suppressed, lines, gaps, pieces } = data
    const drawn = JSON.stringify([span, hits, suppressed, lines, gaps, pieces])
    const stills = data.stills || []
    const shots = JSON.stringify(stills.map((one) => [one.at_ms, one.boxed]))
    if (anew || drawn !== this.drawn) {
      this.timeline.show(data, this.picture.pieces)
      this.transcript.show(data)
      this.why.show(data)
      this.sound.draw(data.clip, this.picture.pieces, this.timeline.scale)
    }
    if (anew || shots !== this.shots) {
      this.why.showStills(stills)
      if (!data.clip && stills.length) this.picture.showStill(stills[0].url)
    }
    this.drawn = drawn
    this.shots = shots
  }

  seek(stream_ms) {
    this.picture.seek(stream_ms)
    this.moved()
  }

  toHit(direction) {
    const to = this.why.beside(this.picture.now(), direction, !this.picture.video.paused)
    if (to !== null) this.seek(to)
  }

  setSpeed(speed) {
    if (!speed) return
    this.picture.setSpeed(speed)
    this.speedButtons.forEach((one, i) => one.setAttribute('aria-pressed', String(SPEEDS[i] === speed)))
  }

  /** What the reviewer has chosen here, else what the page says. */
  wish(name) {
    return this.chosen[name] ?? Boolean(this.data && this.data[name])
  }

  prefer(name, value) {
    this.chosen[name] = value
    this.applyWishes()
    this.refresh()
  }

  /** Tells the page what is wished; it answers with the case anew, and with an address of the clip that is valid. */
  refresh() {
    this.outbox.send('preferred', { muted: this.wish('muted'), blurred: this.wish('blurred') })
  }

  applyWishes() {
    this.picture.video.muted = this.wish('muted')
    this.root.classList.toggle('blurred', this.wish('blurred'))
    this.muteButton.setAttribute('aria-pressed', String(this.wish('muted')))
    this.blurButton.setAttribute('aria-pressed', String(this.wish('blurred')))
  }

  /** The position has changed, or may have: shows it, and goes on showing it while the clip plays. */
  moved() {
    if (!this.asked) this.asked = requestAnimationFrame(this.frame)
  }

  onFrame() {
    this.asked = 0
    if (!this.data) return
    const video = this.picture.video
    const now = this.picture.now()
    const text = clockText(now, true)
    if (this.streamAt.textContent !== text) {
      this.streamAt.textContent = text
      const length = this.picture.length_ms || video.duration * 1000 || 0
      this.clipAt.textContent = this.picture.url ? `片段 ${clockText(video.currentTime * 1000)} / ${clockText(length)}` : ''
    }
    this.playName.textContent = video.paused ? '播放' : '暂停'
    this.timeline.at(now)
    this.picture.showBoxes(now)
    const time = performance.now()
    if (video.paused || time - this.listed_at > LIST_EVERY_MS) {
      this.listed_at = time
      this.transcript.at(now)
      this.why.at(now)
    }
    if (!video.paused && !video.ended) this.moved()
  }

  async copyLink() {
    const at = Math.max(0, Math.floor(this.picture.now() / 1000))
    const link = `${location.origin}/flag?flag=${encodeURIComponent(this.data.flag_id)}&t=${at}`
    try {
      await navigator.clipboard.writeText(link)
      this.tips.tell(`已复制 ${clockText(at * 1000)} 处的链接`)
    } catch {
      this.tips.tell(link)
    }
  }

  close() {
    this.stopKeys()
    this.layout.close()
    cancelAnimationFrame(this.asked)
    this.sound.stop()
    this.outbox.close()
    this.lease.close()
    this.picture.close()
  }
}

const PLAYERS = new WeakMap()

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  const root = parentElement.querySelector('.player')
  if (!root || !data) return undefined
  let player = PLAYERS.get(root)
  if (!player) PLAYERS.set(root, (player = new Player(root)))
  player.show(data, setTriggerValue)
  return () => {
    player.close()
    PLAYERS.delete(root)
  }
}
