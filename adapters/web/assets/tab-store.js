/** What this tab keeps over a reload. Where the browser allows none, or it is full, nothing is kept and nothing breaks. */
export const tabStore = {
  get: (key) => attempt(() => sessionStorage.getItem(key)) ?? null,
  set: (key, value) => attempt(() => sessionStorage.setItem(key, value)),
  clear: () => attempt(() => sessionStorage.clear()),
};

function attempt(use) {
  try {
    return use();
  } catch {
    return undefined;
  }
}
