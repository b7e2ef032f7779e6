import { defineConfig, type Plugin } from "vite";

/** The built page says itself that it may load nothing from elsewhere. */
function policy(): Plugin {
  const content = [
    "default-src 'none'",
    "worker-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content }, injectTo: "head-prepend" },
    ],
  };
}

export default defineConfig({
  base: "./",
  plugins: [policy()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "viewer.html"] },
  },
  worker: { format: "es" },
  preview: { host: "127.0.0.1", port: 4173, strictPort: false },
});
