// Stream time is that of the whole recording, clip time that of the file that plays. All times are whole or broken
// milliseconds. A clip shows one or more pieces of the stream: {clip_start_ms, clip_end_ms, stream_start_ms}.

/** The pieces in order, each with its end in stream time. */
function inOrder(pieces) {
  return [...(pieces || [])]
    .filter((piece) => piece.clip_end_ms > piece.clip_start_ms)
    .map((piece) => ({ ...piece, stream_end_ms: piece.stream_start_ms + piece.clip_end_ms - piece.clip_start_ms }))
    .sort((a, b) => a.clip_start_ms - b.clip_start_ms)
}

/** Where in the stream the clip is. */
function toStream(pieces, clipMs) {
  if (!pieces.length) return clipMs
  let found = pieces[0]
  for (const piece of pieces) if (piece.clip_start_ms <= clipMs) found = piece
  return found.stream_start_ms + clipMs - found.clip_start_ms
}

/** Where in the clip a moment of the stream is; what the clip leaves out is at the start of its next piece. */
function toClip(pieces, streamMs) {
  if (!pieces.length) return Math.max(0, streamMs)
  for (const piece of pieces) {
    if (streamMs < piece.stream_start_ms) return piece.clip_start_ms
    if (streamMs < piece.stream_end_ms) return piece.clip_start_ms + streamMs - piece.stream_start_ms
  }
  return pieces[pieces.length - 1].clip_end_ms
}

/** 63400 is 1:03, with tenths 1:03.4; from an hour on 1:01:03. */
function clockText(ms, tenths = false) {
  const whole = Math.max(0, Math.floor(ms / 100 + 1e-6))
  const seconds = Math.floor(whole / 10)
  const two = (number) => String(number).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  const text = hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
  return tenths ? `${text}.${whole % 10}` : text
}
