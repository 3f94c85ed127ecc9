# The gateway: its bundle, and the few packages that cannot be bundled.
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json ./
COPY libs libs
COPY apps/gateway apps/gateway
COPY deploy/copy-packages.mjs deploy/
RUN cd apps/gateway && npx rolldown -c rolldown.config.mjs
RUN node deploy/copy-packages.mjs /packages libsql ws mysql2 @node-rs/argon2 swagger-ui-dist

FROM node:22-bookworm-slim
ENV NODE_ENV=production PORT=8080
WORKDIR /app
COPY --from=build /packages/node_modules node_modules
COPY --from=build /src/apps/gateway/dist dist
USER node
EXPOSE 8080
# Not ready is not dead: a gateway without its database stays, and takes traffic again by itself.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "--min-semi-space-size=4", "dist/main.mjs"]
