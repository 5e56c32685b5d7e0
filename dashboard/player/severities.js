// How grave it is: the steps of the ladder as a row of buttons, of which one is chosen.

class Severities {
  constructor(row) {
    this.row = row
    this.steps = []
    this.chosen = null
  }

  offer(steps, chosen) {
    this.steps = steps
    this.row.hidden = !steps.length
    this.row.replaceChildren(
      ...steps.map(([name, label]) => {
        const made = node('button', 'severity', label)
        made.setAttribute('role', 'radio')
        made.dataset.severity = name
        made.onclick = () => this.choose(name)
        return made
      }),
      node('kbd', '', 'S'),
    )
    this.choose(chosen)
  }

  choose(name) {
    this.chosen = name
    for (const one of this.row.querySelectorAll('button'))
      one.setAttribute('aria-checked', String(one.dataset.severity === name))
  }

  /** The step after the chosen one; after the last comes the first. */
  next() {
    const names = this.steps.map(([name]) => name)
    if (names.length) this.choose(names[(names.indexOf(this.chosen) + 1) % names.length])
  }
}
