// The picture: the clip with the places of the hits drawn over it, and a still in its place when there is no clip.

const SPEEDS = [0.5, 1, 1.5, 2]
const SHORTEST_BOX_MS = 600
const USUAL_FRAME_S = 1 / 25

class Picture {
  /** `moved()` is called when the position may have changed, `shaped()` when the shape has, `ask()` for a new address. */
  constructor(root, { moved, shaped, ask }) {
    this.cell = root.querySelector('.picture')
    this.frame = root.querySelector('.frame')
    this.video = root.querySelector('video')
    this.bigStill = root.querySelector('.big-still')
    this.layer = root.querySelector('.boxes')
    this.startButton = root.querySelector('.start')
    this.noClip = root.querySelector('.no-clip')
    this.moved = moved
    this.shaped = shaped
    this.pieces = []
    this.boxes = []
    this.speed = 1
    this.frame_s = USUAL_FRAME_S
    this.stream_ms = 0
    this.url = null
    const video = this.video
    video.onloadedmetadata = () => {
      this.reshape()
      this.begin()
    }
    video.onplaying = () => {
      this.played = true
      this.tell()
    }
    video.onplay = video.onpause = video.onseeked = video.onended = () => this.tell()
    video.ontimeupdate = () => this.tell()
    video.onerror = () => this.url && this.fail('录像片段打不开。')
    video.onclick = this.startButton.onclick = () => this.toggle()
    this.noClip.querySelector('.again').onclick = ask
  }

  /** Shows a case; the clip of the same flag goes on as it was. */
  show(data, anew, start_ms) {
    this.pieces = inOrder(data.pieces)
    this.size = data.picture
    this.drawBoxes(data.hits || [])
    const url = data.clip ? data.clip.url : null
    this.length_ms = data.clip ? data.clip.length_ms : 0
    if (anew) {
      this.stream_ms = start_ms
      this.bigStill.hidden = true
      this.bigStill.removeAttribute('src')
      this.noClip.hidden = true
      if (url) this.load(url, start_ms, !still())
      else this.drop(data.no_clip || '这条线索没有录像片段。')
    } else if (url && (!this.url || this.video.error)) this.load(url, this.stream_ms, Boolean(this.url))
    this.reshape()
  }

  load(url, stream_ms, play) {
    this.url = url
    this.wanted_ms = stream_ms
    this.plays = play
    this.played = false
    this.noClip.hidden = true
    this.frame.hidden = false
    this.video.hidden = false
    this.bigStill.hidden = true
    this.video.defaultPlaybackRate = this.speed
    this.video.src = url
    this.video.load()
  }

  begin() {
    this.video.currentTime = toClip(this.pieces, this.wanted_ms) / 1000
    this.video.playbackRate = this.speed
    if (this.plays) this.play()
    this.learnFrame()
  }

  drop(why) {
    this.url = null
    this.video.pause()
    this.video.removeAttribute('src')
    this.video.load()
    this.video.hidden = true
    this.fail(why, false)
  }

  fail(why, again = true) {
    this.noClip.hidden = false
    this.noClip.querySelector('p').textContent = why
    this.noClip.querySelector('.again').hidden = !again
    this.tell()
  }

  /** A still as the picture, where no clip can be shown. */
  showStill(url) {
    if (this.url) return
    this.bigStill.src = url
    this.bigStill.hidden = false
    this.reshape()
  }

  drawBoxes(hits) {
    this.layer.replaceChildren()
    this.boxes = []
    for (const hit of hits) {
      if (!Array.isArray(hit.box) || hit.box.length !== 4) continue
      const box = node('div', 'box')
      box.dataset.hit = hit.id
      box.hidden = true
      const end_ms = Math.max(hit.end_ms, hit.start_ms + SHORTEST_BOX_MS)
      this.boxes.push({ box, sides: hit.box, start_ms: hit.start_ms, end_ms })
      this.layer.append(box)
    }
  }

  /** Shape and boxes from the picture's size, or the clip's own where the case does not tell it. */
  reshape() {
    const own = this.video.videoWidth ? { width: this.video.videoWidth, height: this.video.videoHeight } : null
    const size = this.size && this.size.width > 0 && this.size.height > 0 ? this.size : own || { width: 9, height: 16 }
    this.ratio = size.width / size.height
    this.frame.style.setProperty('--ratio', String(this.ratio))
    for (const { box, sides } of this.boxes) {
      const [left, top, right, bottom] = sides
      box.style.left = `${(100 * left) / size.width}%`
      box.style.top = `${(100 * top) / size.height}%`
      box.style.width = `${(100 * (right - left)) / size.width}%`
      box.style.height = `${(100 * (bottom - top)) / size.height}%`
    }
    this.shaped(this.ratio)
  }

  /** Where in the stream the picture is now. */
  now() {
    if (this.url && this.video.readyState > 0) this.stream_ms = toStream(this.pieces, this.video.currentTime * 1000)
    return this.stream_ms
  }

  showBoxes(stream_ms) {
    for (const one of this.boxes) one.box.hidden = stream_ms < one.start_ms - 40 || stream_ms > one.end_ms
  }

  seek(stream_ms) {
    if (!this.url) {
      this.stream_ms = Math.max(0, stream_ms)
      this.moved()
      return
    }
    this.stream_ms = this.wanted_ms = stream_ms
    const clip_s = toClip(this.pieces, stream_ms) / 1000
    const last_s = Number.isFinite(this.video.duration) ? Math.max(0, this.video.duration - 0.05) : Infinity
    if (this.video.readyState > 0) this.video.currentTime = Math.min(clip_s, last_s)
  }

  /** By so many seconds of the clip: what it leaves out takes no time. */
  step(seconds) {
    if (!this.url) this.seek(this.stream_ms + seconds * 1000)
    else if (this.video.readyState > 0) this.video.currentTime = Math.max(0, this.video.currentTime + seconds)
  }

  stepFrame(direction) {
    this.video.pause()
    this.step(direction * this.frame_s)
  }

  toggle() {
    if (!this.url) return
    if (this.video.paused) this.play()
    else this.video.pause()
  }

  play() {
    // A browser may refuse sound that nobody asked for; then the button on the picture says so.
    this.video.play().catch(() => this.tell())
  }

  setSpeed(speed) {
    this.speed = speed
    this.video.defaultPlaybackRate = this.video.playbackRate = speed
  }

  tell() {
    // Only until it has played once: whoever pauses wants to see the picture.
    this.startButton.hidden = !this.url || this.played || !this.video.paused || Boolean(this.video.error)
    this.moved()
  }

  /** Learns how long a frame is from the first few that are shown. */
  learnFrame() {
    if (!this.video.requestVideoFrameCallback) return
    const seen = []
    const look = (_, about) => {
      const before = seen[seen.length - 1]
      if (before === undefined || about.mediaTime > before) seen.push(about.mediaTime)
      if (seen.length < 12) this.video.requestVideoFrameCallback(look)
      else {
        const steps = seen.slice(1).map((at, i) => at - seen[i])
        this.frame_s = Math.min(0.2, Math.max(0.01, Math.min(...steps)))
      }
    }
    this.video.requestVideoFrameCallback(look)
  }

  close() {
    this.video.pause()
    this.video.onerror = null
    this.video.removeAttribute('src')
    this.video.load()
  }
}
