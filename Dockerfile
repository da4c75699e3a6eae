# The gate as an image: docker build -t unjoin:0.1.0 .
# It needs no root, writes only below /opt/unjoin/keys, and runs on a read-only root file system (see docker-compose.yml).

FROM node:24.11.1-bookworm-slim AS build
WORKDIR /build
COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24.11.1-bookworm-slim
ENV NODE_ENV=production
WORKDIR /opt/unjoin
COPY LICENSE NOTICE package.json ./
COPY schemas ./schemas
COPY policies ./policies
COPY ladders ./ladders
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
# A new volume takes owner and mode from here: only the service may look at its keys.
RUN install -d -o node -g node -m 0700 keys
USER node
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["--help"]
