export const jsx = (t: unknown, p: unknown) => ({ t, p });
export const jsxs = jsx;
export const Fragment = "f";
