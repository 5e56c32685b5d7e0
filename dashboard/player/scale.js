// From stream time to places on the timeline, which are shares of its width from 0 to 1. What the clip leaves out is
// a narrow break, so that twenty seconds of a long flag are not lost in an hour.

const BREAK_SHARE = 0.03
const MOST_BREAKS_SHARE = 0.25

/** The scale of a case: {parts: [{start_ms, end_ms, from, to, left_out}], share(ms), at(share)}. */
function makeScale(pieces, moments) {
  const parts = pieces.length ? stretches(pieces, moments) : [around(moments)]
  const breaks = parts.filter((part) => part.left_out).length
  const breakShare = breaks ? Math.min(BREAK_SHARE, MOST_BREAKS_SHARE / breaks) : 0
  const shown = parts.reduce((sum, part) => sum + (part.left_out ? 0 : part.end_ms - part.start_ms), 0) || 1
  let from = 0
  for (const part of parts) {
    const width = part.left_out ? breakShare : ((part.end_ms - part.start_ms) / shown) * (1 - breaks * breakShare)
    part.from = from
    part.to = from += width
  }
  const share = (ms) => {
    if (ms <= parts[0].start_ms) return 0
    for (const part of parts)
      if (ms < part.end_ms)
        return part.from + ((ms - part.start_ms) / (part.end_ms - part.start_ms)) * (part.to - part.from)
    return 1
  }
  const at = (place) => {
    const part = parts.find((one) => place < one.to) || parts[parts.length - 1]
    const inside = Math.min(1, Math.max(0, (place - part.from) / (part.to - part.from || 1)))
    return part.start_ms + inside * (part.end_ms - part.start_ms)
  }
  return { parts, share, at }
}

function stretches(pieces, moments) {
  const parts = []
  const ordered = [...pieces].sort((a, b) => a.stream_start_ms - b.stream_start_ms)
  let reached = Math.min(ordered[0].stream_start_ms, ...moments)
  for (const piece of ordered) {
    const start = Math.max(reached, piece.stream_start_ms)
    // Packets cut at keyframes leave slivers between pieces; a break is for what somebody would miss.
    if (start - reached > 500) parts.push({ start_ms: reached, end_ms: start, left_out: true })
    if (piece.stream_end_ms > start) parts.push({ start_ms: start, end_ms: piece.stream_end_ms, left_out: false })
    reached = Math.max(reached, piece.stream_end_ms)
  }
  const last = Math.max(...moments)
  if (last - reached > 500) parts.push({ start_ms: reached, end_ms: last, left_out: true })
  return parts
}

function around(moments) {
  const start = Math.max(0, Math.min(...moments) - 2000)
  return { start_ms: start, end_ms: Math.max(start + 1000, Math.max(...moments) + 2000), left_out: false }
}

/** Round moments to write under the timeline: {ms, share}, none nearer to the last than `apart`. */
function ticksOf(scale, apart) {
  const shown = scale.parts.reduce((sum, part) => sum + (part.left_out ? 0 : part.end_ms - part.start_ms), 0)
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((s) => (s * 1000) / (shown || 1) >= apart) || 7200
  const ticks = []
  for (const part of scale.parts) {
    if (part.left_out) continue
    for (let s = Math.ceil(part.start_ms / 1000 / step) * step; s * 1000 < part.end_ms; s += step) {
      const share = scale.share(s * 1000)
      const before = ticks[ticks.length - 1]
      if (share < 1 - apart * 0.5 && (!before || share - before.share >= apart * 0.6)) ticks.push({ ms: s * 1000, share })
    }
  }
  return ticks
}
