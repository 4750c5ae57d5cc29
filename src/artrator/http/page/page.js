// The first page: list, model with a form made from its schema, run, result, wallet.
import { api, fileAsDataUrl, hasSession } from "/page/api.js";
import { language, word } from "/page/words.js";

const main = document.getElementById("main");
const notice = document.getElementById("notice");
let account = null;

// Make an element; text is always text, never markup.
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function say(text) {
  notice.textContent = text;
  if (text) setTimeout(() => { if (notice.textContent === text) notice.textContent = ""; }, 8000);
}

const money = (micros, currency) =>
  new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 6 }).format(micros / 1e6);
const priceOf = (price) => (price.amount_micros ? word("perRun", money(price.amount_micros, price.currency)) : word("free"));

function showNav() {
  const link = (href, text) => make("a", { href, textContent: text });
  const entries = [link("#/", word("models"))];
  if (account) {
    const out = make("button", { type: "button", textContent: word("logOut") });
    out.onclick = async () => { await api("DELETE", "/v1/sessions/current"); account = null; location.hash = "#/"; show(); };
    entries.push(link("#/wallet", word("wallet")), make("span", { className: "soft", textContent: account.username }), out);
  } else {
    entries.push(link("#/login", word("logIn")), link("#/register", word("register")));
  }
  document.getElementById("nav").replaceChildren(...entries);
}

async function listPage() {
  const box = make("input", { type: "search", placeholder: word("search") });
  box.setAttribute("aria-label", word("search"));
  const list = make("ul", { className: "cards" });
  const load = async () => {
    const query = box.value.trim();
    const page = await api("GET", `/v1/models${query ? `?query=${encodeURIComponent(query)}` : ""}`);
    list.replaceChildren(...page.results.map((model) => make("li", { className: "card" },
      make("h2", {}, make("a", { href: `#/${model.owner}/${model.name}`, textContent: `${model.owner}/${model.name}` })),
      make("div", { textContent: model.description ?? "" }),
      make("div", { className: "soft", textContent: `${priceOf(model.price)} · ${word("runs", model.run_count)}` }))));
    if (!page.results.length) list.append(make("li", { textContent: word("noModels") }));
  };
  let timer = 0;
  box.oninput = () => { clearTimeout(timer); timer = setTimeout(() => load().catch((error) => say(error.message)), 200); };
  main.replaceChildren(make("h1", { textContent: word("models") }), box, list);
  await load();
}

// One form control for one property of the input schema, and how to read it.
function control(name, property, required) {
  let input;
  if (property.enum) {
    input = make("select", {}, ...property.enum.map((value) => make("option", { value, textContent: value })));
  } else if (property.format === "uri") {
    input = make("input", { type: "file" });
    if ((property["x-type"] ?? "image") === "image") input.accept = "image/*";
  } else if (property.type === "boolean") {
    input = make("input", { type: "checkbox", checked: Boolean(property.default) });
  } else if (property.type === "integer" || property.type === "number") {
    const bounded = property.type === "number" && property.minimum !== undefined && property.maximum !== undefined;
    input = make("input", { type: bounded ? "range" : "number", step: property.type === "integer" ? "1" : "any" });
    if (property.minimum !== undefined) input.min = property.minimum;
    if (property.maximum !== undefined) input.max = property.maximum;
    if (bounded) input.step = (property.maximum - property.minimum) / 100;
  } else if (property.type === "string") {
    input = make("textarea", { rows: 2 });
  } else {
    input = make("textarea", { rows: 3, placeholder: "[1.0, 2.0]" });
  }
  if (property.default !== undefined && input.type !== "checkbox" && input.type !== "file") input.value = property.default;
  input.name = name;
  input.required = required && input.type !== "checkbox";
  const shown = make("output", { textContent: input.type === "range" ? input.value : "" });
  input.addEventListener("input", () => { if (input.type === "range") shown.textContent = input.value; });
  const title = make("span", {}, property.title ?? name, required ? "" : ` (${word("optional")})`, " ", shown);
  const label = make("label", {}, title, input, make("span", { className: "soft", textContent: property.description ?? "" }));
  const read = async () => {
    if (input.type === "file") return input.files[0] ? fileAsDataUrl(input.files[0]) : undefined;
    if (input.type === "checkbox") return input.checked;
    if (input.value === "") return undefined;
    if (property.type === "string" || property.enum) return input.value;
    return JSON.parse(input.value);
  };
  return { label, name, read };
}

function showOutput(box, output) {
  const each = (value) => {
    if (typeof value === "string" && value.includes("/blobs/")) {
      const link = make("a", { href: value, textContent: word("download"), download: "" });
      if (/\.(png|webp|jpe?g|gif)(\?|$)/.test(value)) return make("figure", {}, make("img", { src: value, alt: word("result") }), link);
      return link;
    }
    return make("pre", { textContent: typeof value === "string" ? value : JSON.stringify(value, null, 2) });
  };
  box.replaceChildren(...(Array.isArray(output) ? output : [output]).map(each));
}

async function modelPage(owner, name) {
  const model = await api("GET", `/v1/models/${owner}/${name}`);
  const schema = model.latest_version?.openapi_schema?.components?.schemas?.Input ?? { properties: {} };
  const required = new Set(schema.required ?? []);
  const controls = Object.entries(schema.properties)
    .sort(([, a], [, b]) => (a["x-order"] ?? 0) - (b["x-order"] ?? 0))
    .map(([key, property]) => control(key, property, required.has(key)));
  const result = make("div", { id: "result" }, make("p", { className: "soft", textContent: word("nothingYet") }));
  const go = make("button", { className: "main", textContent: `${word("run")} · ${priceOf(model.price)}` });
  const form = make("form", {}, ...controls.map((each) => each.label), go);
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (!account) { say(word("loginFirst")); return; }
    go.disabled = true;
    result.replaceChildren(make("p", { textContent: word("running") }));
    try {
      const input = {};
      for (const each of controls) {
        const value = await each.read();
        if (value !== undefined) input[each.name] = value;
      }
      let run = await api("POST", `/v1/models/${owner}/${name}/predictions`, { input }, { Prefer: "wait=30", "Idempotency-Key": crypto.randomUUID() });
      while (["starting", "processing"].includes(run.status)) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        run = await api("GET", `/v1/predictions/${run.id}`);
      }
      if (run.status !== "succeeded") throw new Error(run.error ?? word("failed"));
      showOutput(result, run.output);
    } catch (error) {
      result.replaceChildren(make("p", { textContent: error.message }));
    } finally {
      go.disabled = false;
    }
  };
  main.replaceChildren(
    make("h1", { textContent: `${owner}/${name}` }),
    make("p", { textContent: model.description ?? "" }),
    make("p", { className: "soft", textContent: [model.license, word("runs", model.run_count)].filter(Boolean).join(" · ") }),
    make("div", { className: "split" }, form, result));
}

async function walletPage() {
  const [wallet, statement] = await Promise.all([api("GET", "/v1/wallet"), api("GET", "/v1/wallet/statement")]);
  const currency = wallet.currency;
  const amount = make("input", { type: "number", name: "amount", min: "1", max: "1000", step: "1", value: "10", required: true });
  const form = make("form", {}, make("label", {}, word("amount"), amount), make("button", { className: "main", textContent: word("topUp") }));
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await api("POST", "/v1/wallet/top-ups", { amount_micros: Math.round(amount.valueAsNumber * 1e6) }, { "Idempotency-Key": crypto.randomUUID() });
      await walletPage();
    } catch (error) { say(error.message); }
  };
  const rows = statement.results.map((entry) => make("tr", {},
    make("td", { textContent: new Date(entry.at).toLocaleString(language) }),
    make("td", { textContent: [word(`entry_${entry.kind}`) ?? entry.kind, entry.memo].filter(Boolean).join(" · ") }),
    make("td", { className: "number", textContent: money(entry.amount.micros, currency) })));
  const head = make("tr", {}, make("th", { textContent: word("when") }), make("th", { textContent: word("what") }), make("th", { className: "number", textContent: word("amount") }));
  main.replaceChildren(
    make("h1", { textContent: word("wallet") }),
    make("p", {}, `${word("balance")}: `, make("strong", { textContent: money(wallet.available.micros, currency) }),
      ` · ${word("held")}: ${money(wallet.held.micros, currency)} · ${word("earned")}: ${money(wallet.earned.micros, currency)}`),
    form,
    make("h2", { textContent: word("statement") }),
    rows.length ? make("table", {}, head, ...rows) : make("p", { className: "soft", textContent: word("noEntries") }));
}

function entryPage(registering) {
  const field = (name, type, text, complete) => make("label", {}, text, make("input", { name, type, required: true, autocomplete: complete }));
  const form = make("form", {},
    field("email", "email", word("email"), "username"),
    ...(registering ? [field("handle", "text", word("handle"), "nickname")] : []),
    field("password", "password", word("password"), registering ? "new-password" : "current-password"),
    make("button", { className: "main", textContent: registering ? word("register") : word("logIn") }));
  form.onsubmit = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    try {
      if (registering) await api("POST", "/v1/users", given);
      await api("POST", "/v1/sessions", { email: given.email, password: given.password });
      account = await api("GET", "/v1/account");
      location.hash = "#/";
    } catch (error) { say(error.message); }
  };
  main.replaceChildren(make("h1", { textContent: registering ? word("register") : word("logIn") }), form);
}

async function show() {
  showNav();
  try {
    const [first = "", second = ""] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
    if (first === "") await listPage();
    else if (first === "wallet") await walletPage();
    else if (first === "login" || first === "register") entryPage(first === "register");
    else await modelPage(encodeURIComponent(first), encodeURIComponent(second));
  } catch (error) {
    main.replaceChildren(make("h1", { textContent: word("notFound") }), make("p", { textContent: error.message }));
  }
  main.focus({ preventScroll: true });
}

document.documentElement.lang = language;
window.addEventListener("hashchange", show);
account = hasSession() ? await api("GET", "/v1/account").catch(() => null) : null;
await show();
