# syntax=docker/dockerfile:1

# What is built with, and what it runs on: Node's long-term support release on Debian 12. To build behind a registry
# of your own, or from pinned digests, name other images: --build-arg RUNTIME_IMAGE=…@sha256:…
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/bundle.js scripts/
COPY src/ src/
RUN npm run build
# The mount point, owned by the user that the server runs as.
RUN mkdir -p /out/data && chown 65532:65532 /out/data

# No shell, no package manager, no network needed: Node, the bundle, and the one library outside of it.
FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="tofu-oci" \
      org.opencontainers.image.description="OpenTofu and Terraform providers in any OCI registry" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE package.json /app/
COPY deploy/healthcheck.js /app/deploy/healthcheck.js
COPY --from=build /src/dist/bin/ /app/dist/bin/
COPY --from=build /src/node_modules/openpgp/package.json /src/node_modules/openpgp/LICENSE /app/node_modules/openpgp/
COPY --from=build /src/node_modules/openpgp/dist/node/openpgp.mjs /app/node_modules/openpgp/dist/node/openpgp.mjs
COPY --from=build --chown=65532:65532 /out/data/ /data/

ENV NODE_ENV=production
USER 65532:65532
WORKDIR /data
VOLUME /data
# The registry, the providers and the pages; and the metrics, where --listen-metrics :9100 is given.
EXPOSE 5443 9100

# Asks https://127.0.0.1:5443/healthz; TOFU_OCI_HEALTH_URL names another address.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["/nodejs/bin/node", "/app/deploy/healthcheck.js"]

ENTRYPOINT ["/nodejs/bin/node", "/app/dist/bin/tofu-oci.js"]
# A registry to try out; arguments of your own take the place of these.
CMD ["serve", "/data/registry", "--listen", ":5443", "--tls-self-signed", "/data/tls"]
