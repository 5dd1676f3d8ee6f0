# syntax=docker/dockerfile:1
# The server and its pages: production dependencies, no tests, no tools. Built and run by compose.yaml; see docs/containers.md.

FROM node:24-slim AS packages
WORKDIR /curfew
# in a layer of their own, so that a change of the source installs nothing again
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

# what browsers load, with the tools of development, of which nothing but the result goes on
FROM node:24-slim AS pages
WORKDIR /curfew
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY bin ./bin
COPY src ./src
COPY tsconfig.json vite.config.ts ./
RUN npm run build

FROM node:24-slim
LABEL org.opencontainers.image.title="Curfew" \
      org.opencontainers.image.description="The session server that really signs people out" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"
ENV NODE_ENV=production \
    CURFEW_DATA_DIR=/data
WORKDIR /curfew
COPY --from=packages /curfew/node_modules ./node_modules
COPY --from=pages /curfew/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
COPY drizzle ./drizzle
COPY src ./src
# what Node makes of the source is kept here; everything else stays root's, so that the server can't change its own code
RUN mkdir -p /data node_modules/.cache && chown node:node /data node_modules/.cache && chmod 700 /data
USER node
# used by the embedded database alone; with DATABASE_URL nothing is written there
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=2 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, and shuts down in order on SIGTERM
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "bin/main.cjs"]
CMD ["serve"]
