/**
 * Where to go after signing in: a path of this very host, or the first page. Whoever writes the link to /sign-in may be
 * a stranger, so what is not plainly a path leads home ("//evil.example", "/\evil.example", "/<tab>/evil.example").
 */
export function returnPath(wanted: string | null | undefined): string {
  if (!wanted || wanted.length > 2_000 || !wanted.startsWith("/") || /[\\\p{Cc}\s]/u.test(wanted)) return "/";
  const here = "http://here.invalid";
  const url = URL.canParse(wanted, here) ? new URL(wanted, here) : null;
  if (url?.origin !== here || url.pathname.startsWith("//")) return "/";
  // Back to the door would be no way on.
  if (/^\/sign-(in|out)(\/|$)/.test(url.pathname)) return "/";
  return url.pathname + url.search + url.hash;
}
