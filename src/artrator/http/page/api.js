// Talk to the server as the browser's session; an error reply becomes an Error whose message is for people.
const csrf = () => document.cookie.match(/(?:^|; )(?:__Host-)?artrator_csrf=([^;]+)/)?.[1] ?? "";

// Tell whether somebody is, or was, logged in: a browser notes every 401 as an error, so nobody is not asked for.
export const hasSession = () => csrf() !== "";

export async function api(method, path, body, headers = {}) {
  const reply = await fetch(path, {
    method,
    headers: { ...(body ? { "Content-Type": "application/json" } : {}), "X-CSRF-Token": csrf(), ...headers },
    body: body && JSON.stringify(body),
  });
  if (reply.status === 204) return null;
  const answer = await reply.json().catch(() => ({}));
  if (!reply.ok) throw Object.assign(new Error(answer.detail ?? `${reply.status}`), { status: reply.status, field: answer.field });
  return answer;
}

export const fileAsDataUrl = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});
