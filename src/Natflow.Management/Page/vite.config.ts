import { defineConfig } from 'vite';

// Nothing is inlined: the gateway's content policy lets run and show only what it serves itself.
export default defineConfig({
  base: '/',
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: false, reportCompressedSize: false },
  server: { proxy: { '/api': 'http://127.0.0.1:8558' } },
});
