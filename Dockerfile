# syntax=docker/dockerfile:1
# The pythia command in an image: docker run IMAGE demo, or sweep, report, series ... with a volume at /data.
ARG DOTNET=10.0

FROM mcr.microsoft.com/dotnet/sdk:${DOTNET} AS build
ARG CUDA=false
WORKDIR /source
COPY . .
RUN dotnet publish src/PythiaOrleans.Cli -c Release -p:Cuda=${CUDA} -o /app

FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET}
# libtorch brings its own OpenMP; the plots need a font. The user is the base image's unprivileged one.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
ENV DOTNET_EnableDiagnostics=0 PYTHIA_STORE=/data/store
WORKDIR /data
USER 1654
ENTRYPOINT ["dotnet", "/app/pythia.dll"]
CMD ["--help"]
