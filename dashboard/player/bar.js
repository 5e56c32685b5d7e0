// The decision bar. One decision goes out for a flag; then the bar is locked until the desk has answered.
// States: view (nothing to decide), arriving (a flag has just come), ready, choosing (a reason), sent, lost.

const ARRIVING_MS = 300
const SLOW_MS = 10_000
const AT_ONCE = 'confirmed'
const MOVES = ['view', 'ready', 'lost']
const TAKEN_AWAY = '这条线索已被收回，这里不能再决定。按 J 取下一条。'

class Bar {
  constructor(root, { outbox, let_go }) {
    this.root = root
    this.bar = root.querySelector('.bar')
    this.decisions = root.querySelector('.decisions')
    this.severities = new Severities(root.querySelector('.severities'))
    this.note = root.querySelector('.note')
    this.reasons = root.querySelector('.reasons')
    this.says = root.querySelector('.says')
    this.undoButton = root.querySelector('.undo')
    this.skipButton = root.querySelector('.skip')
    this.sendAgain = root.querySelector('.send-again')
    this.outbox = outbox
    this.letGo = let_go
    this.picked = new Set()
    this.waits = null
    this.undoButton.onclick = () => this.undo()
    this.skipButton.onclick = () => this.skip()
    this.sendAgain.onclick = () => this.waits && this.sendOut(this.waits.name, this.waits.value)
    this.note.addEventListener('input', () => this.fitNote())
    this.note.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) this.note.blur()
    })
  }

  get state() {
    return this.root.dataset.state
  }

  set state(state) {
    this.root.dataset.state = state
    const open = state === 'ready' || state === 'choosing' || state === 'arriving'
    for (const button of this.bar.querySelectorAll('.decisions button, .severities button, .reasons button'))
      button.disabled = !open
    // What was written for a flag that is lost cannot be sent any more, but copied.
    this.note.disabled = !open && state !== 'lost'
    this.note.readOnly = state === 'lost'
    this.undoButton.disabled = !this.canUndo || state === 'sent'
    this.skipButton.disabled = state === 'sent'
    this.sendAgain.hidden = true
  }

  show(data, anew) {
    const answered = this.waits && this.outbox.count(this.waits.name) !== this.waits.count
    const claimed = Boolean(data.decide) && !this.claimed
    // A decision that came too late: the bar stays, closed, with what was written for it.
    const late = !anew && !data.decide && Boolean(this.decide) && answered && this.waits.name === 'decided'
    const gone = late || (!anew && !data.decide && this.state === 'lost')
    if (late) this.lost = { flag_id: data.flag_id, until: this.decide.lease_until, why: data.problem || TAKEN_AWAY }
    const decide = gone ? this.decide : data.decide
    this.flag_id = data.flag_id
    this.claimed = Boolean(data.decide)
    this.canUndo = Boolean(data.can_undo)
    this.alike = data.alike || 0
    this.decide = decide
    this.bar.classList.toggle('no-decision', !decide)
    this.skipButton.hidden = !data.can_skip
    this.undoButton.hidden = !decide && !this.canUndo
    if (anew) this.clear()
    else if (claimed) this.offer()
    if (anew || claimed || answered) this.settle(data.problem)
    else if (!decide) this.state = this.state === 'sent' ? 'sent' : 'view'
    else this.state = this.state
  }

  /** Forgets what was chosen and written for the flag before. */
  clear() {
    this.note.value = ''
    if (this.note.matches(':focus')) this.note.blur()
    this.fitNote()
    this.offer()
  }

  /** What can be decided about the flag. */
  offer() {
    this.drawDecisions()
    this.severities.offer(this.decide?.severities || [], this.decide ? this.decide.severity : null)
  }

  /** A new flag, or the desk's answer about the same: open again. */
  settle(problem) {
    clearTimeout(this.slow)
    clearTimeout(this.arrival)
    this.waits = null
    this.choose(null)
    // What was taken away stays so until the flag is claimed anew.
    const lost = this.lost && this.decide && this.lost.flag_id === this.flag_id && this.lost.until === this.decide.lease_until
    if (!lost) this.lost = null
    else problem ||= this.lost.why
    if (!this.decide) this.state = 'view'
    else if (lost) this.state = 'lost'
    else {
      // A key pressed twice must not decide the flag that has come meanwhile.
      this.state = 'arriving'
      this.arrival = setTimeout(() => this.state === 'arriving' && (this.state = 'ready'), ARRIVING_MS)
    }
    this.say(problem || '', Boolean(problem))
  }

  drawDecisions() {
    const buttons = this.decide ? this.decide.buttons : []
    this.decisions.replaceChildren(
      ...buttons.map((one) => {
        const made = keyed(`decision ${one.decision}`, one.label, one.key)
        made.dataset.decision = one.decision
        made.setAttribute('aria-pressed', 'false')
        made.onclick = () => this.press(one.decision)
        return made
      }),
    )
  }

  nextSeverity() {
    if (this.isOpen()) this.severities.next()
  }

  isOpen() {
    return this.state === 'ready' || this.state === 'choosing'
  }

  /** A decision's key or button. */
  press(decision) {
    if (!this.isOpen()) return
    if (decision === AT_ONCE) {
      this.choose(null)
      this.sendDecision(decision, [])
    } else this.choose(this.choice === decision ? null : decision)
  }

  choose(decision) {
    this.choice = decision
    this.picked.clear()
    for (const one of this.decisions.querySelectorAll('button'))
      one.setAttribute('aria-pressed', String(one.dataset.decision === decision))
    this.reasons.hidden = !decision
    if (decision) {
      this.drawReasons()
      this.state = 'choosing'
      this.say('')
    } else if (this.state === 'choosing') {
      this.state = 'ready'
      this.say('')
    }
  }

  drawReasons() {
    const label = this.decide.buttons.find((one) => one.decision === this.choice)?.label || ''
    const send = keyed('send', `提交${label}`, 'Enter')
    send.onclick = () => this.submit()
    const back = keyed('plain back', '退回', 'Esc')
    back.onclick = () => this.choose(null)
    this.reasons.replaceChildren(
      ...(this.decide.reasons || []).map(([name, text], i) => {
        const chip = node('button', 'chip')
        if (i < 9) chip.append(node('kbd', '', i + 1))
        chip.append(text)
        chip.dataset.reason = name
        chip.setAttribute('aria-pressed', 'false')
        chip.onclick = () => this.toggleReason(name)
        return chip
      }),
      send,
      back,
    )
  }

  toggleReason(name) {
    if (this.state !== 'choosing') return
    if (!this.picked.delete(name)) this.picked.add(name)
    for (const chip of this.reasons.querySelectorAll('.chip'))
      chip.setAttribute('aria-pressed', String(this.picked.has(chip.dataset.reason)))
    this.say('')
  }

  toggleReasonAt(i) {
    const reason = (this.decide.reasons || [])[i]
    if (reason) this.toggleReason(reason[0])
  }

  submit() {
    if (this.state !== 'choosing') return
    if (!this.picked.size && !this.note.value.trim()) this.say('先选一个理由，或写备注。', true)
    else this.sendDecision(this.choice, [...this.picked])
  }

  sendDecision(decision, reasons) {
    const note = this.note.value.trim()
    this.sendOut('decided', { flag_id: this.flag_id, decision, reasons, note, severity: this.severities.chosen })
  }

  undo() {
    if (this.canUndo && MOVES.includes(this.state)) this.sendOut('undo', {})
  }

  skip() {
    if (!this.skipButton.hidden && MOVES.includes(this.state)) this.sendOut('skip', { flag_id: this.flag_id })
  }

  sendOut(name, value) {
    this.waits = { name, value, count: this.outbox.count(name) }
    this.state = 'sent'
    this.letGo()
    this.say(name === 'decided' ? '正在提交…' : name === 'undo' ? '正在撤销…' : '正在取下一条…')
    clearTimeout(this.slow)
    this.slow = setTimeout(() => {
      this.say('还没有收到回应。请看网络是否断开；恢复后可以重新提交，不会记两次。', true)
      this.sendAgain.hidden = false
    }, SLOW_MS)
    this.outbox.send(name, value)
  }

  /** Somebody else has the flag now: nothing can be decided, the next one can be had. */
  lose(why) {
    if (this.state === 'sent' || !this.decide) return
    const told = why || TAKEN_AWAY
    this.lost = { flag_id: this.flag_id, until: this.decide.lease_until, why: told }
    this.choose(null)
    this.state = 'lost'
    this.say(told, true)
  }

  say(text, problem = false) {
    const alike = this.alike && this.decide ? `另有 ${this.alike} 条同因线索待复核` : ''
    const idle = this.decide && this.state !== 'choosing' ? alike : ''
    this.says.textContent = text || idle
    this.says.classList.toggle('problem', problem && Boolean(text))
  }

  fitNote() {
    this.note.style.height = ''
    if (this.note.value) this.note.style.height = `${Math.min(120, this.note.scrollHeight + 2)}px`
  }
}
