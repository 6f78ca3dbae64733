// What pages do beyond plain forms: components, and lists that stay fresh. Nothing that is read moves, and
// nothing that is typed is lost: rows change in place, rows that went are marked, and new ones are announced.
import { initAll } from './govuk-frontend.min.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

const EVERY = 15000
const SOON = 300
const APART = 3000
const IDLE_AFTER_TYPING = 5000
const ENDED = 'Your session has ended. Sign in again in another window to go on.'

const state = document.querySelector('[data-live-state]')
const news = document.querySelector('[data-live-news]')
let typedAt = 0
let tag = news ? '"' + news.dataset.liveTag + '"' : null

document.addEventListener('input', () => { typedAt = Date.now() })

function busy () {
  const focused = document.activeElement
  const inField = focused && focused.matches('input:not([type=checkbox]):not([type=radio]), textarea, select')
  return document.hidden || inField || Date.now() - typedAt < IDLE_AFTER_TYPING
}

function say (where, text, link) {
  if (!where || (where.dataset.said ?? '') === text) return
  where.dataset.said = text
  where.textContent = text
  if (link && text) {
    const a = document.createElement('a')
    a.className = 'govuk-link'
    a.href = link
    a.textContent = 'Show it as it is now'
    where.append(' ', a)
  }
}

function lost (isLost) {
  if (isLost) state.dataset.lost = ''
  else delete state.dataset.lost
  say(state, isLost ? 'The connection is lost. What you see may be old. Nothing you typed is lost.' : '')
}

function replace (old, fresh) {
  if (old.innerHTML !== fresh.innerHTML && !old.contains(document.activeElement)) old.innerHTML = fresh.innerHTML
}

function update (page) {
  for (const old of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(old.id)
    if (fresh) replace(old, fresh)
  }
  let gone = 0
  let known = 0
  for (const old of document.querySelectorAll('[data-live-row]')) {
    const fresh = page.getElementById(old.id)
    if (fresh) {
      known += 1
      delete old.dataset.gone
      replace(old, fresh)
    } else {
      gone += 1
      old.dataset.gone = ''
      const who = old.querySelector('.ppn-row__state')
      if (who) who.textContent = 'No longer in this list'
    }
  }
  const added = page.querySelectorAll('[data-live-row]').length - known
  const said = []
  if (added > 0) said.push(added === 1 ? '1 item is new here.' : added + ' items are new here.')
  if (gone > 0) said.push(gone === 1 ? '1 item went.' : gone + ' items went.')
  say(news, said.join(' '), news?.dataset.liveHere)
}

async function refresh () {
  if (busy()) return
  try {
    const headers = { 'If-None-Match': tag }
    const answer = await fetch(location.href, { headers, cache: 'no-store', redirect: 'manual' })
    if (answer.type === 'opaqueredirect') return say(state, ENDED)
    lost(false)
    if (answer.status !== 200) return
    tag = answer.headers.get('ETag')
    const text = await answer.text()
    update(new DOMParser().parseFromString(text, 'text/html'))
  } catch {
    lost(true)
  }
}

const item = document.querySelector('[data-live-item]')

// Nothing of an open item is replaced: what is typed and what is read stay. That it changed is said.
async function look () {
  if (document.hidden) return
  try {
    const answer = await fetch(item.dataset.liveItem + '/version', { cache: 'no-store', redirect: 'manual' })
    if (answer.type === 'opaqueredirect') return say(state, ENDED)
    lost(false)
    if (answer.status !== 200) return
    const changed = await answer.text() !== item.dataset.liveVersion
    say(item, changed ? 'This item has changed since you opened it.' : '', item.dataset.liveItem)
  } catch {
    lost(true)
  }
}

const backlog = document.querySelector('[data-live-backlog]')

// Numbers change where they stand.
async function recount () {
  if (busy()) return
  try {
    const answer = await fetch(location.href, { cache: 'no-store', redirect: 'manual' })
    if (answer.type === 'opaqueredirect') return say(state, ENDED)
    lost(false)
    if (answer.status !== 200) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    update(page)
    const desks = [...document.querySelectorAll('[data-empty]')]
    const other = desks.some(desk => page.getElementById(desk.id)?.dataset.empty !== desk.dataset.empty)
    say(backlog, other ? 'A desk has work now that had none, or has none left.' : '', location.pathname)
  } catch {
    lost(true)
  }
}

// What each page looks at, and which changes are worth a look.
const live = news
  ? { look: refresh, of: change => location.pathname === '/desks/' + change.desk }
  : item
    ? { look, of: change => item.dataset.liveItem === '/items/' + change.work_item_id }
    : backlog ? { look: recount, of: () => true } : null

let waits = null
let lookedAt = 0

// Changes come in swarms: one look serves many. While somebody types it waits.
function soon () {
  if (waits) return
  waits = setTimeout(async () => {
    waits = null
    if (document.hidden) return
    if (busy()) return soon()
    lookedAt = Date.now()
    await live.look()
  }, Math.max(SOON, lookedAt + APART - Date.now()))
}

let told = null

// Told of a change, a page looks at once. A page that nobody sees takes no connection.
function listen () {
  if (document.hidden) {
    told?.close()
    told = null
  } else if (!told) {
    told = new EventSource('/changes')
    told.addEventListener('work_item', event => { if (live.of(JSON.parse(event.data))) soon() })
    told.addEventListener('resync', soon)
  }
}

if (live) {
  listen()
  document.addEventListener('visibilitychange', () => {
    listen()
    if (!document.hidden) soon()
  })
  // For what nobody is told of: time that passes, what was closed to them, a stream that was cut.
  setInterval(live.look, EVERY)
}
