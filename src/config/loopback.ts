/** True for a host that only programs on this machine reach: 127.0.0.0/8, ::1, localhost and the names under it. */
export const isLoopbackHost = (host: string): boolean =>
  /^(?:127(?:\.\d{1,3}){3}|\[?::1\]?|(?:[\w-]+\.)*localhost\.?)$/i.test(host);
