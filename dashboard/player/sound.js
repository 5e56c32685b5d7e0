// The waveform, drawn from the clip's own sound: fetched and decoded here, once, when the picture already plays.
// Whatever goes wrong leaves a flat line: it is an aid, and no clip has to have sound.

const WAVE_RATE_HZ = 8000
const WAVE_POINTS = 1000
const LONGEST_WAVE_MS = 20 * 60 * 1000

class Sound {
  constructor(root) {
    this.path = root.querySelector('.wave path')
    this.flat()
  }

  flat() {
    this.path.setAttribute('d', 'M0 0H1000')
    this.path.classList.add('flat')
  }

  /** Begins anew for a clip; `scale` says where its moments stand. */
  async draw(clip, pieces, scale) {
    this.stop()
    this.flat()
    if (!clip || !clip.url || clip.length_ms > LONGEST_WAVE_MS) return
    const stop = (this.stopper = new AbortController())
    try {
      await new Promise((go) => setTimeout(go, 600))
      if (stop.signal.aborted) return
      const answer = await fetch(clip.url, { signal: stop.signal, credentials: 'same-origin', priority: 'low' })
      if (!answer.ok) return
      const bytes = await answer.arrayBuffer()
      const sound = await new OfflineAudioContext(1, 1, WAVE_RATE_HZ).decodeAudioData(bytes)
      if (!stop.signal.aborted) this.path.setAttribute('d', this.outline(sound, pieces, scale))
      if (!stop.signal.aborted) this.path.classList.remove('flat')
    } catch {
      // flat
    }
  }

  outline(sound, pieces, scale) {
    const samples = sound.getChannelData(0)
    const peaks = new Float32Array(WAVE_POINTS)
    for (let point = 0; point < WAVE_POINTS; point++) {
      const from_ms = scale.at(point / WAVE_POINTS)
      const to_ms = scale.at((point + 1) / WAVE_POINTS)
      const part = scale.parts.find((one) => from_ms >= one.start_ms && from_ms < one.end_ms)
      if (!part || part.left_out) continue
      const from = Math.floor((toClip(pieces, from_ms) / 1000) * sound.sampleRate)
      const to = Math.ceil((toClip(pieces, to_ms) / 1000) * sound.sampleRate)
      for (let i = Math.max(0, from); i < to && i < samples.length; i++) {
        const loud = Math.abs(samples[i])
        if (loud > peaks[point]) peaks[point] = loud
      }
    }
    const loudest = Math.max(...peaks, 0.02)
    const heights = [...peaks].map((peak) => Math.max(0.02, peak / loudest).toFixed(3))
    const upper = heights.map((height, x) => `L${x} -${height}`).join('')
    const lower = heights.map((height, x) => `L${x} ${height}`).reverse().join('')
    return `M0 0${upper}${lower}Z`
  }

  stop() {
    if (this.stopper) this.stopper.abort()
    this.stopper = null
  }
}
