// Tidegate's sender for pages: what a page does until the collector says it has an event.
//
//   const shop = tidegate("https://collect.example.com/events/storefront", {key: "…"});
//   shop.send({type: "page_view", at: new Date().toISOString()});
//
// docs/sender.md tells what it promises. "make sender" makes sender.min.js of it, which is served.

// In UTF-16's units, of which none takes more than three bytes in UTF-8: what is under way stays
// under the 64 KiB that a browser goes on sending for a page that is closed.
const UNDER_WAY = 20000;
const LARGEST = 1e6;
const LONGEST_PAUSE = 60000;
const LONGEST_ASKED_FOR = 3600000;
const GIVE_UP = 30000;

self.tidegate = (url, { key = "", id = "event_id", wait = 1000, most = 1000, onrefused } = {}) => {
  const address = `${url}?key=${encodeURIComponent(key)}`;
  // Each event is an item of its own, so that tabs never write over each other's.
  const prefix = `tidegate ${url} `;
  const memory = {};
  const mine = new Set();
  const flying = new Set();
  let disk = memory;
  let flown = 0;
  let stamp = 0;
  let fails = 0;
  let pause = 0;
  let dropped = 0;
  let timer;
  let busy;
  let asked; // for what has come since the batch under way was made

  // Private windows and sandboxed frames throw, some web views have null.
  try {
    disk = localStorage || memory;
  } catch {}

  const kept = (store) =>
    Object.keys(store)
      .filter((item) => item.startsWith(prefix))
      .sort();
  // What only this page remembers goes first: it has more to lose.
  const queue = () => [...new Set([...kept(memory), ...kept(disk)])];
  const read = (item) => memory[item] || disk[item] || "";

  // crypto.randomUUID is there on https alone.
  const unique = () =>
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
    );

  const drop = (event, reason) => {
    dropped++;
    // An error of the page's own stays the page's.
    if (onrefused) setTimeout(onrefused, 0, event, reason);
  };

  const forget = (item) => {
    delete memory[item];
    delete disk[item];
    mine.delete(item);
  };

  // Sends one batch, and says whether another one may follow at once.
  const post = async (isAsked) => {
    const batch = [];
    const texts = [];
    const events = [];
    const items = queue();
    let size = 0;
    let isFull;
    let status;
    let later;
    let answer;
    // An event that no batch gets through with shall not hold up the others for ever.
    if (fails) items.sort(() => Math.random() - 0.5);
    for (const item of items) {
      const text = read(item);
      if (!text || flying.has(item) || !isAsked(item)) continue;
      isFull = size && flown + size + text.length >= UNDER_WAY / 2 ** fails;
      if (isFull) break;
      try {
        events.push(JSON.parse(text));
        texts.push(text);
        batch.push(item);
        size += text.length + 1;
      } catch {
        // Somebody else has written there; a batch with it would be refused as a whole.
        forget(item);
        drop(text, "not_json");
      }
    }
    if (!size) return;

    flown += size;
    batch.forEach((item) => flying.add(item));
    try {
      // Text with the key in the address needs no preflight.
      const response = await fetch(address, {
        method: "POST",
        body: `[${texts}]`,
        keepalive: flown <= UNDER_WAY,
        signal: AbortSignal.timeout?.(GIVE_UP),
      });
      status = response.status;
      later = response.headers.get("Retry-After");
      answer = await response.json();
    } catch {}
    flown -= size;

    // What isn't said of the events, such as a wrong key, another page may have put right. Of a
    // batch that is refused as a whole each event is tried by itself before it is given up.
    const isWrong = [400, 413, 422].includes(status);
    const left = batch.filter((item, index) => {
      flying.delete(item);
      const said = answer?.records
        ? answer.records.find?.((record) => record?.index == index)
        : isWrong && !batch[1] && { retry: false, reason: answer?.reason || status };
      const isRefused = said?.retry === false;
      if (!isRefused && said?.status != "accepted") return true;
      forget(item);
      if (isRefused) drop(events[index], said.reason);
    }).length;

    fails = left && (left < batch.length ? 1 : fails + 1);
    const ours = Math.min(LONGEST_PAUSE, isWrong ? wait : 500 * 2 ** fails);
    const theirs = Math.min(LONGEST_ASKED_FOR, later * 1000 || Date.parse(later) - Date.now() || 0);
    pause = Math.max(ours * (0.5 + Math.random() / 2), theirs * (1 + Math.random() / 4));
    return isFull && !left;
  };

  const work = async () => {
    do asked = false;
    while ((await post(() => true)) || (asked && !fails));
  };

  // One tab sends at a time; where there are no locks, two may send the same.
  const sendAll = async () => {
    try {
      await navigator.locks.request(prefix, work);
    } catch {
      await work();
    } finally {
      busy = 0;
      if (queue().length) timer = setTimeout(flush, fails ? pause : wait);
    }
  };

  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    asked = true;
    return (busy ||= sendAll());
  };

  // A page that goes can't wait for a lock, nor ask again what the collector has just put off.
  const leave = () => {
    post((item) => mine.has(item) && (!fails || memory[item]));
  };
  addEventListener("pagehide", leave);
  addEventListener("visibilitychange", () => {
    if (document.visibilityState == "hidden") leave();
  });
  addEventListener("online", flush);
  flush();

  return {
    flush,
    get queued() {
      return queue().length;
    },
    get dropped() {
      return dropped;
    },
    send(event) {
      let text;
      let own;
      try {
        own = event[id] ?? unique();
        text = JSON.stringify({ ...event, [id]: own });
      } catch {
        return drop(event, "not_json");
      }
      if (text.length > LARGEST) return drop(event, "too_large");
      if (queue().length >= most) return drop(event, "queue_full");
      stamp = Math.max(stamp + 1, Date.now());
      const item = `${prefix}${stamp} ${unique()}`;
      mine.add(item);
      try {
        disk[item] = text;
      } catch {
        memory[item] = text;
      }
      if (!busy) timer ||= setTimeout(flush, wait);
      return own;
    },
  };
};
