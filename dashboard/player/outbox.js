// What goes to the page, one message at a time. Streamlit keeps a single waiting message a component: one sent while
// another still waits would take its place, and a decision would be gone because somebody switched the sound on.

const PATIENCE_MS = 10_000

class Outbox {
  constructor() {
    this.waiting = []
    this.flying = null
    this.answers = {}
  }

  /** How often the page has answered messages of this kind. */
  count(name) {
    return this.answers[name] ?? 0
  }

  send(name, value) {
    if (name === 'preferred') this.waiting = this.waiting.filter((one) => one.name !== name)
    this.waiting.push({ name, value })
    this.next()
  }

  /** New data have come from the page, with its counts. */
  heard(answers, trigger) {
    this.answers = answers || {}
    this.trigger = trigger
    if (this.flying && this.count(this.flying.name) !== this.flying.count) this.flying = null
    this.next()
  }

  next() {
    if (this.flying || !this.waiting.length) return
    const flying = (this.flying = this.waiting.shift())
    flying.count = this.count(flying.name)
    this.trigger(flying.name, flying.value)
    clearTimeout(this.patience)
    this.patience = setTimeout(() => {
      if (this.flying === flying) this.flying = null
      this.next()
    }, PATIENCE_MS)
  }

  close() {
    clearTimeout(this.patience)
    this.waiting = []
  }
}
