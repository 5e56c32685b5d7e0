// The lease on a claimed flag: how long it lasts, its renewal, and what shows when somebody else has got the flag.

const BEAT_MS = 120_000
const RETRY_MS = 15_000
const TAKEN = [401, 403, 404, 409, 410]
const SOON_MS = 120_000

class Lease {
  /** `lost(why)` is called once when the desk refuses to renew it. */
  constructor(root, lost) {
    this.label = root.querySelector('.lease')
    this.lost = lost
    this.flag_id = null
    this.ahead_ms = 0
    this.release = () => this.giveBack()
    this.look = () => !document.hidden && this.flag_id && this.overdue() && this.beat()
    addEventListener('pagehide', this.release)
    addEventListener('pageshow', this.look)
    document.addEventListener('visibilitychange', this.look)
  }

  /** Holds a flag until then (ISO), or nothing. The same flag and moment as before change nothing. */
  hold(flag_id, until) {
    if (flag_id === this.flag_id && until === this.told) return
    this.stop()
    this.told = until
    if (!flag_id || !until) return
    this.flag_id = flag_id
    this.until_ms = Date.parse(until)
    this.beaten_ms = Date.now()
    const left_ms = this.until_ms - this.now()
    this.every_ms = Math.min(BEAT_MS, Math.max(5000, left_ms / 3))
    this.timer = setInterval(() => this.tick(), 1000)
    this.tick()
  }

  /** The desk's time, as far as its answers have told it: this machine's clock may be wrong. */
  now() {
    return Date.now() + this.ahead_ms
  }

  overdue() {
    return Date.now() - this.beaten_ms >= this.every_ms
  }

  tick() {
    const left_ms = this.until_ms - this.now()
    this.label.hidden = false
    this.label.classList.toggle('soon', left_ms < SOON_MS)
    this.label.textContent = left_ms > 0 ? `归你复核 ${clockText(left_ms)}` : '归属到期，正在续…'
    // A page that nobody looks at lets the flag go to somebody who does.
    if (document.hidden) return
    if (this.overdue() || (left_ms <= 0 && Date.now() - this.beaten_ms >= RETRY_MS)) this.beat()
  }

  async beat() {
    const flag_id = this.flag_id
    this.beaten_ms = Date.now()
    try {
      const answer = await fetch('/desk/lease', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        credentials: 'same-origin',
        body: JSON.stringify({ flag_id }),
      })
      const told = await answer.json().catch(() => ({}))
      if (flag_id !== this.flag_id) return
      if (TAKEN.includes(answer.status)) {
        this.stop()
        this.lost(typeof told.problem === 'string' ? told.problem : '')
        return
      }
      if (!answer.ok) throw new Error(String(answer.status))
      const date = Date.parse(answer.headers.get('Date') || '')
      if (date) this.ahead_ms = Math.abs(date - Date.now()) > 5000 ? date - Date.now() : 0
      if (told.lease_until) this.until_ms = Date.parse(told.lease_until)
    } catch {
      // The network may come back: again in a quarter of a minute, until the desk says yes or no.
      if (flag_id === this.flag_id) this.beaten_ms = Date.now() - this.every_ms + RETRY_MS
    }
  }

  giveBack() {
    if (!this.flag_id) return
    const body = new Blob([JSON.stringify({ flag_id: this.flag_id })], { type: 'application/json' })
    navigator.sendBeacon('/desk/release', body)
  }

  /** No longer held: decided, skipped or taken away. */
  stop() {
    clearInterval(this.timer)
    this.flag_id = this.told = null
    this.label.hidden = true
  }

  close() {
    this.stop()
    removeEventListener('pagehide', this.release)
    removeEventListener('pageshow', this.look)
    document.removeEventListener('visibilitychange', this.look)
  }
}
