# syntax=docker/dockerfile:1
# The pythia command in an image, also each silo of a cluster: docs/operations.md. CUDA=true makes the variant for GPUs.
ARG DOTNET=10.0

FROM mcr.microsoft.com/dotnet/sdk:${DOTNET} AS build
ARG CUDA=false
WORKDIR /source
# Packages first: this layer changes only when a project or a lock file does.
COPY Directory.Build.props Directory.Build.targets Directory.Packages.props global.json ./
COPY build build
COPY src/PythiaOrleans.Core/*.csproj src/PythiaOrleans.Core/packages.lock.json src/PythiaOrleans.Core/
COPY src/PythiaOrleans.Numerics/*.csproj src/PythiaOrleans.Numerics/packages.lock.json src/PythiaOrleans.Numerics/
COPY src/PythiaOrleans.Checkpoints/*.csproj src/PythiaOrleans.Checkpoints/packages.lock.json src/PythiaOrleans.Checkpoints/
COPY src/PythiaOrleans.Analyses/*.csproj src/PythiaOrleans.Analyses/packages.lock.json src/PythiaOrleans.Analyses/
COPY src/PythiaOrleans.Nano/*.csproj src/PythiaOrleans.Nano/packages.lock.json src/PythiaOrleans.Nano/
COPY src/PythiaOrleans.Reporting/*.csproj src/PythiaOrleans.Reporting/packages.lock.json src/PythiaOrleans.Reporting/
COPY src/PythiaOrleans.Cluster/*.csproj src/PythiaOrleans.Cluster/packages.lock.json src/PythiaOrleans.Cluster/
COPY src/PythiaOrleans.Server/*.csproj src/PythiaOrleans.Server/packages.lock.json src/PythiaOrleans.Server/
COPY src/PythiaOrleans.Cli/*.csproj src/PythiaOrleans.Cli/packages.lock.json src/PythiaOrleans.Cli/
# Compiled ahead: a silo, and each short command, starts with less processor time (docs/performance.md).
RUN dotnet restore src/PythiaOrleans.Cli -p:PublishReadyToRun=true -p:Cuda=${CUDA} $([ "${CUDA}" = true ] || echo --locked-mode)
COPY src src
RUN dotnet publish src/PythiaOrleans.Cli -c Release -r linux-x64 --self-contained false -p:PublishReadyToRun=true -p:Cuda=${CUDA} \
    --no-restore -o /app

FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET}
# libtorch wants OpenMP's runtime, and the plots a font.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-dejavu-core libgomp1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
# The root is read-only: what is written goes to /tmp, /cache, /store and /data, which are mounted, or made here for a container that runs alone.
RUN mkdir -p /cache /store /data && chown 1654:1654 /cache /store /data
ENV DOTNET_EnableDiagnostics=0 DOTNET_TC_CallCountingDelayMs=0 HOME=/tmp PYTHIA_STORE=/data/store NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /data
USER 1654
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "/app/pythia.dll"]
CMD ["--help"]
