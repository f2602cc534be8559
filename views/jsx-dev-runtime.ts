export const jsxDEV = (t: unknown, p: unknown) => ({ t, p, dev: 1 }); export const Fragment="f"
