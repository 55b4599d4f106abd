/**
 * The data that `npm start` profiles: real records out of the npm package vega-datasets, each set with a time of its own.
 *
 * - flights: three million flights within the United States in the first half of 2001, by scheduled departure
 * - birdstrikes: reports of aircraft striking wildlife, 1990 to 2002
 * - movies: films by release date, from the 1920s on; times before 1970 are as good as any
 * - weather: Seattle's normals of temperature, pressure and wind, for every hour of a year
 */
import { at } from './lib/project.mjs'

const data = (name) => at('node_modules', 'vega-datasets', 'data', name)

/** The words behind `rolling-profiles profile`, one list a run. */
export const samples = [
  [data('flights-3m.parquet'), '--dataset-id', 'flights', '--timestamp-column', 'date', '--aggregate-by', 'day'],
  [
    data('birdstrikes.csv'),
    ...['--dataset-id', 'birdstrikes'],
    ...['--timestamp-column', 'Flight Date', '--aggregate-by', 'month'],
  ],
  [
    data('movies.json'),
    ...['--dataset-id', 'movies'],
    ...['--timestamp-column', 'Release Date', '--timestamp-format', 'MMM dd yyyy', '--aggregate-by', 'month'],
  ],
  [
    data('seattle-weather-hourly-normals.csv'),
    ...['--dataset-id', 'weather', '--timestamp-column', 'date', '--aggregate-by', 'month'],
  ],
]
